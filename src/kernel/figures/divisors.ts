/** Returns the divisors of a positive whole number, ascending. */
export function divisorsOf(whole: number): number[] {
  const low: number[] = [];
  const high: number[] = [];
  for (let i = 1; i * i <= whole; i++) {
    if (whole % i !== 0) continue;
    low.push(i);
    if (i * i < whole) high.unshift(whole / i);
  }
  return [...low, ...high];
}
