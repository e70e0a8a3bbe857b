import { mapColors } from '../charts/mapColors';
import type { Theme } from '../theme';

/** The colors that elements have inline, by their computed form, in another theme. */
export type Recoloring = ReadonlyMap<string, string>;

/** The method's swatches and the scale of the map in the colors of another theme. */
export function recoloring(from: Theme, to: Theme): Recoloring {
  const [before, after] = [mapColors(from), mapColors(to)];
  const pairs: [string, string][] = [
    ...Object.entries(from.methods).map(([method, color]): [string, string] => [
      color,
      to.methods[method as keyof Theme['methods']],
    ]),
    ...before.ramp.map((color, i): [string, string] => [color, after.ramp[i]]),
    [before.quiet, after.quiet],
    [from.error, to.error],
  ];
  return new Map(pairs.map(([color, other]) => [computed(color), other]));
}

/** A color as computed styles have it. */
function computed(color: string): string {
  const { style } = document.createElement('i');
  style.color = color;
  return style.color;
}
