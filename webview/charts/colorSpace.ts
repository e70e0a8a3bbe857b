import { parseColor, type Rgba } from './colors';

/** White of D65, which sRGB has [IEC 61966-2-1]. */
const WHITE = [0.95047, 1, 1.08883] as const;
/** Rows: X, Y, Z of linear red, green, blue [IEC 61966-2-1]. */
const TO_XYZ = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
] as const;
const FROM_XYZ = [
  [3.2404542, -1.5371385, -0.4985314],
  [-0.969266, 1.8760108, 0.041556],
  [0.0556434, -0.2040259, 1.0572252],
] as const;
/** Halvings that find the largest chroma to a thousandth. */
const HALVINGS = 17;

type Triple = readonly [number, number, number];

/** A color in CIE 1976 L*a*b*. */
export interface Lab {
  readonly l: number;
  readonly a: number;
  readonly b: number;
}

/** Relative luminance, 0 to 1 [WCAG 2.2]. */
export function luminanceOf(color: string): number {
  return multiply(TO_XYZ, linear(parseColor(color)))[1];
}

export function labOf(color: string): Lab {
  return labOfLinear(linear(parseColor(color)));
}

/** CIE L*a*b* of linear red, green and blue, 0 to 1. */
export function labOfLinear(rgb: Triple): Lab {
  const [x, y, z] = multiply(TO_XYZ, rgb).map((value, i) => compressed(value / WHITE[i]));
  return { l: 116 * y - 16, a: 500 * (x - y), b: 200 * (y - z) };
}

/** Linear red, green and blue of a color, 0 to 1. */
export function linear([r, g, b]: Rgba | Triple): Triple {
  const [red, green, blue] = [r, g, b].map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return [red, green, blue];
}

/** CSS for a color in CIE LCh (lightness, chroma, hue in degrees), with less chroma where sRGB does not have as much. */
export function rgbOfLch(l: number, chroma: number, hue: number): string {
  let [low, high] = [0, chroma];
  if (isInside(linearOfLch(l, chroma, hue))) low = chroma;
  else
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (low + high) / 2;
      if (isInside(linearOfLch(l, middle, hue))) low = middle;
      else high = middle;
    }
  const [r, g, b] = linearOfLch(l, low, hue).map((value) => {
    const part = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
    return Math.round(255 * Math.min(1, Math.max(0, part)));
  });
  return `rgb(${r}, ${g}, ${b})`;
}

function isInside(rgb: Triple): boolean {
  return rgb.every((value) => value >= 0 && value <= 1);
}

function linearOfLch(l: number, chroma: number, hue: number): Triple {
  const angle = (hue / 180) * Math.PI;
  const y = (l + 16) / 116;
  const [x, z] = [y + (chroma * Math.cos(angle)) / 500, y - (chroma * Math.sin(angle)) / 200];
  const [X, Y, Z] = [x, y, z].map((value, i) => WHITE[i] * expanded(value));
  return multiply(FROM_XYZ, [X, Y, Z]);
}

function compressed(value: number): number {
  return value > 216 / 24389 ? Math.cbrt(value) : ((24389 / 27) * value + 16) / 116;
}

function expanded(value: number): number {
  return value > 6 / 29 ? value ** 3 : (116 * value - 16) / (24389 / 27);
}

function multiply(rows: readonly Triple[], [x, y, z]: Triple): Triple {
  const [a, b, c] = rows.map((row) => row[0] * x + row[1] * y + row[2] * z);
  return [a, b, c];
}
