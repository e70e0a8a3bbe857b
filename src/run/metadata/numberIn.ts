const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu;
const NAN = /^[+-]?nan$/iu;
const INFINITE = /^([+-]?)inf(?:inity)?$/iu;

/** A number, or the number that a text says as Python and C write it; undefined for all else. */
export function numberIn(cell: unknown): number | undefined {
  if (typeof cell === 'number') return cell;
  if (typeof cell !== 'string') return undefined;
  const text = cell.trim();
  if (NUMBER.test(text)) return Number(text);
  if (NAN.test(text)) return Number.NaN;
  const sign = INFINITE.exec(text)?.[1];
  if (sign === undefined) return undefined;
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
