import { type FormatLoss, isDefined } from '../../model/analysis';
import { FORMAT_RANGES, NARROW_FORMATS, type NarrowFormat } from '../../model/numberFormats';
import type { RecordSketch } from '../record/recordSketch';
import { countsBelow } from './shares';

/** A smaller share is no more than how cells divide their values. */
const LEAST = 1e-6;

/**
 * Shares of the finite values that narrow types do not hold: those that overflow, and those other than 0 that round to 0.
 * Types of which both are below one in a million are left out; undefined where none is left.
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
    // At least the greatest value itself.
    const atLeast = greatest < overflowsFrom ? 0 : 1 / count;
    const loss = { overflow: Math.max(overflow, atLeast), flushed };
    if (loss.overflow > 0 || loss.flushed >= LEAST) found[format] = loss;
  }
  return Object.keys(found).length === 0 ? undefined : found;
}
