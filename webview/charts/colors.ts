/** A color as red, green, blue (0–255) and opacity (0–1). */
export type Rgba = readonly [number, number, number, number];

/** Reads the forms that theme variables have: `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb(…)`, `rgba(…)`. Gray for others. */
export function parseColor(text: string): Rgba {
  const hex = /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(text.trim())?.[1];
  if (hex !== undefined) {
    const full = hex.length <= 4 ? [...hex].map((digit) => digit + digit).join('') : hex;
    const byte = (at: number) => Number.parseInt(full.slice(at, at + 2), 16);
    return [byte(0), byte(2), byte(4), full.length === 8 ? byte(6) / 255 : 1];
  }
  const numbers = /^rgba?\(([^)]+)\)$/i
    .exec(text.trim())?.[1]
    ?.split(/[\s,/]+/)
    .map(Number.parseFloat);
  if (numbers !== undefined && numbers.length >= 3 && numbers.every(Number.isFinite)) {
    return [numbers[0], numbers[1], numbers[2], numbers[3] ?? 1];
  }
  return [128, 128, 128, 1];
}

/** CSS for a color with its opacity multiplied by `alpha`. */
export function fade(color: string, alpha: number): string {
  const [r, g, b, a] = parseColor(color);
  return `rgba(${r}, ${g}, ${b}, ${a * alpha})`;
}

/** CSS for a color between two, t from 0 to 1. */
export function mix(from: string, to: string, t: number): string {
  const [a, b] = [parseColor(from), parseColor(to)];
  const at = (i: number) => Math.round(a[i] + (b[i] - a[i]) * t);
  return `rgb(${at(0)}, ${at(1)}, ${at(2)})`;
}
