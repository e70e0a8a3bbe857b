/** Returns ascending indices below `length`, at most `most`: evenly spaced, with both ends and `wanted`; all if they fit. */
export function spacedIndices(length: number, most: number, wanted: number): number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i);
  if (most < 3) return [wanted];
  const spaced = Array.from({ length: most - 1 }, (_, i) => Math.round((i * (length - 1)) / (most - 2)));
  return [...new Set([...spaced, wanted])].sort((a, b) => a - b);
}
