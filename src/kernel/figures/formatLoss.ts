import { type FormatLoss, isDefined } from '../../model/analysis';
import { FORMAT_RANGES, NARROW_FORMATS, type NarrowFormat } from '../../model/numberFormats';
import type { RecordSketch } from '../record/recordSketch';
import { countsBelow } from './shares';

/** Minimum share to report. A smaller share is within the error of dividing cells. */
const LEAST = 1e-6;

/**
 * Returns the shares of finite values that narrow types cannot represent: those that overflow, and nonzero values that
 * round to 0. Omits types for which both shares are below one in a million. Returns undefined if no type remains.
 */
export function formatLoss({ methods }: RecordSketch): Partial<Record<NarrowFormat, FormatLoss>> | undefined {
  const raw = methods.none;
  if (!isDefined(raw) || raw.sketch.count === 0) return undefined;
  const { min, max, count, zeros } = raw.sketch;
  const greatest = Math.max(Math.abs(min), Math.abs(max));
  const below = countsBelow(raw.sketch);
  const found: Partial<Record<NarrowFormat, FormatLoss>> = {};
  for (const format of NARROW_FORMATS) {
    const { overflowsFrom, flushesUpTo } = FORMAT_RANGES[format];
    const overflow =
      greatest < overflowsFrom ? 0 : (count - below(overflowsFrom) + below(-overflowsFrom)) / count;
    const flushed = Math.max(0, below(flushesUpTo) - below(-flushesUpTo) - (zeros || 0)) / count;
    // At least the largest value itself overflows.
    const atLeast = greatest < overflowsFrom ? 0 : 1 / count;
    const loss = { overflow: Math.max(overflow, atLeast), flushed };
    if (loss.overflow > 0 || loss.flushed >= LEAST) found[format] = loss;
  }
  return Object.keys(found).length === 0 ? undefined : found;
}
