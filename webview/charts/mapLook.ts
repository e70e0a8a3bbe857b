import type { Theme } from '../theme';
import { hatchOf } from './hatch';
import { type MapColors, mapColors } from './mapColors';

/** How the map and the depth chart look in a theme. */
export interface MapLook {
  readonly theme: Theme;
  readonly colors: MapColors;
  /** What dead layers are filled with. */
  readonly hatch: string | CanvasPattern;
}

const known = new WeakMap<Theme, MapLook>();

/** The look in a theme, made once. */
export function lookOf(theme: Theme): MapLook {
  const made = known.get(theme) ?? { theme, colors: mapColors(theme), hatch: hatchOf(theme) };
  known.set(theme, made);
  return made;
}
