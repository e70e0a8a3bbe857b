import type { Theme } from '../theme';

/** Side of the repeated tile, in pixels. */
const SIDE = 6;

/** Diagonal lines in two colors, one of which is visible on any color. The text color where there is no canvas. */
export function hatchOf(theme: Theme): string | CanvasPattern {
  const tile = document.createElement('canvas');
  [tile.width, tile.height] = [SIDE, SIDE];
  const context = tile.getContext('2d');
  if (context === null) return theme.foreground;
  for (let y = 0; y < SIDE; y++) {
    context.fillStyle = theme.foreground;
    context.fillRect((SIDE - y) % SIDE, y, 1, 1);
    context.fillStyle = theme.background;
    context.fillRect((SIDE - y + 1) % SIDE, y, 1, 1);
  }
  return context.createPattern(tile, 'repeat') ?? theme.foreground;
}
