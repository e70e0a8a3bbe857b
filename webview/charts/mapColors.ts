import type { Theme } from '../theme';
import { labOf, luminanceOf, rgbOfLch } from './colorSpace';
import { mix } from './colors';

/** The colors of the map in a theme. */
export interface MapColors {
  /** From the lowest value to the highest. */
  readonly ramp: readonly string[];
  /** From the largest difference below 0 to the largest above; in the middle there is none. */
  readonly diverging: readonly string[];
  /** What is no larger than noise, or 0 where 0 is what to hope for. */
  readonly quiet: string;
}

/** Colors of the ramp: enough that neighbors look the same. */
const SHADES = 128;
/** Hue of the ramp, in degrees of CIE LCh: orange, which no kind of color blindness takes for another hue of the map. */
const HUE = 60;
/** Hue of what is lower than in another run: blue, which every kind of color blindness tells from orange. */
const LOWER_HUE = 275;
/** How far the smallest difference is from {@link MapColors.quiet}, as a part of the lightness up to the largest. */
const SMALLEST = 0.12;
/** The colorfulness that is aimed at; where sRGB has less, as much as it has. */
const CHROMA = 75;
/** The largest value is nearly as far from the background as lightness goes. */
const LIGHTEST = 96;
const DARKEST = 12;
/** Contrast of the lowest value with the background and with what is quiet [WCAG 2.2, 1.4.11], and a little more. */
const CONTRAST = 3.15;
/** The part of the text color in what is quiet. */
const QUIET = 0.09;

const known = new WeakMap<Theme, MapColors>();

/**
 * The colors of the map: one hue, and a lightness that goes from just enough contrast with the background to as much as
 * there is. Made once for a theme.
 */
export function mapColors(theme: Theme): MapColors {
  const made = known.get(theme);
  if (made !== undefined) return made;
  const isDark = labOf(theme.background).l < 50;
  const quiet = mix(theme.background, theme.foreground, QUIET);
  const from = lowestLightness(luminanceOf(quiet), isDark);
  const to = isDark ? LIGHTEST : DARKEST;
  const ramp = Array.from({ length: SHADES + 1 }, (_, i) =>
    rgbOfLch(from + ((to - from) * i) / SHADES, CHROMA, HUE),
  );
  let diverging: readonly string[] | undefined;
  const colors: MapColors = {
    ramp,
    // Only where runs are compared: twice as many colors as the ramp.
    get diverging() {
      diverging ??= divergingRamp(labOf(quiet).l, to, quiet);
      return diverging;
    },
    quiet,
  };
  known.set(theme, colors);
  return colors;
}

/** Two hues whose lightness goes from that of what is quiet to as much contrast as there is, at both ends alike. */
function divergingRamp(from: number, to: number, quiet: string): readonly string[] {
  return Array.from({ length: 2 * SHADES + 1 }, (_, i) => {
    const part = Math.abs(i - SHADES) / SHADES;
    if (part === 0) return quiet;
    const lightness = from + (to - from) * (SMALLEST + (1 - SMALLEST) * part);
    return rgbOfLch(lightness, CHROMA, i < SHADES ? LOWER_HUE : HUE);
  });
}

/** The color of a value of a diverging scale, whose middle is no difference. */
export function divergingColor({ diverging }: MapColors, place: number): string {
  return diverging[Math.round(2 * place * SHADES)];
}

/** The color at a place on the scale, 0 to 1. */
export function rampColor({ ramp }: MapColors, place: number): string {
  return ramp[Math.round(place * SHADES)];
}

/** The lightness that has {@link CONTRAST} with a luminance. */
function lowestLightness(quiet: number, isDark: boolean): number {
  const luminance = isDark ? CONTRAST * (quiet + 0.05) - 0.05 : (quiet + 0.05) / CONTRAST - 0.05;
  // CIE 1976 lightness, of luminances above 0.009.
  return 116 * Math.cbrt(luminance) - 16;
}
