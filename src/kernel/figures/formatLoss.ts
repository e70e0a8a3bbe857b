import { type FormatLoss, isDefined } from '../../model/analysis';
import { FORMAT_RANGES, NARROW_FORMATS, type NarrowFormat } from '../../model/numberFormats';
import type { RecordLoops } from '../record/recordLoops';
import type { RecordSketch } from '../record/recordSketch';
import { countsBelow } from './shares';

/** Minimum share to report. A smaller share is within the error of dividing cells. */
const LEAST = 1e-6;

/**
 * Returns the shares of finite values that narrow types cannot represent: those that overflow, and nonzero values that
 * round to 0. Omits types for which both shares are below one in a million. Returns undefined if no type remains.
 * `loops`: those that have the record's raw values loaded.
 */
export function formatLoss(
  { methods }: RecordSketch,
  loops?: RecordLoops,
): Partial<Record<NarrowFormat, FormatLoss>> | undefined {
  const raw = methods.none;
  if (!isDefined(raw) || raw.sketch.count === 0) return undefined;
  const { min, max, count, zeros } = raw.sketch;
  const greatest = Math.max(Math.abs(min), Math.abs(max));
  const below = loops?.countBelow ?? countsBelow(raw.sketch);
  let found: Partial<Record<NarrowFormat, FormatLoss>> | undefined;
  for (const format of NARROW_FORMATS) {
    const { overflowsFrom, flushesUpTo } = FORMAT_RANGES[format];
    const overflow =
      greatest < overflowsFrom ? 0 : (count - below(overflowsFrom) + below(-overflowsFrom)) / count;
    const flushed = Math.max(0, below(flushesUpTo) - below(-flushesUpTo) - (zeros || 0)) / count;
    // At least the largest value itself overflows.
    const atLeast = greatest < overflowsFrom ? 0 : 1 / count;
    const overflowing = Math.max(overflow, atLeast);
    if (!(overflowing > 0 || flushed >= LEAST)) continue;
    found ??= {};
    found[format] = { overflow: overflowing, flushed };
  }
  return found;
}
