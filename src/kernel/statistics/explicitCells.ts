import type { DistributionSummary } from '../../formats/tensorSummary';
import type { Cells } from './sketch';

/** Relative width of the cell for values that are all equal. */
const POINT = 2 ** -20;

/**
 * Converts another program's bins to cells, cut at the minimum and the maximum value. If all values are at one end,
 * where a bin is cut to nothing, they get an adjacent cell too narrow to matter. Empty bins of zero width are skipped.
 * Returns undefined if the bins are not a histogram: descending edges, negative counts, or an invalid range.
 */
export function explicitCells({
  edges,
  counts,
  min,
  max,
}: Pick<DistributionSummary, 'edges' | 'counts' | 'min' | 'max'>): Cells | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const isAscending = edges.every((edge, i) => edge >= (i === 0 ? Number.NEGATIVE_INFINITY : edges[i - 1]));
  if (edges.length !== counts.length + 1 || !isAscending) return undefined;
  if (!Number.isFinite(total) || counts.some((count) => !(count >= 0))) return undefined;
  if (total === 0) return { edges: new Float64Array(0), cumulative: new Float64Array(0) };
  if (!Number.isFinite(min) || !Number.isFinite(max) || min > max) return undefined;
  if (min === max) return pointCell(min, total);

  const kept: { from: number; to: number; count: number }[] = [];
  let atMin = 0;
  let atMax = 0;
  for (let i = 0; i < counts.length; i++) {
    const from = Math.max(edges[i], min);
    const to = Math.min(edges[i + 1], max);
    if (from < to) kept.push({ from, to, count: counts[i] });
    else if (edges[i + 1] <= min || kept.length === 0) atMin += counts[i];
    else atMax += counts[i];
  }
  if (atMin > 0) kept.unshift({ from: min - pointWidth(min), to: min, count: atMin });
  if (atMax > 0) kept.push({ from: max, to: max + pointWidth(max), count: atMax });
  return joined(kept);
}

/** Makes adjacent cells, with empty cells in the gaps between bins. */
function joined(kept: readonly { from: number; to: number; count: number }[]): Cells {
  const edges = [kept[0].from];
  const cumulative = [0];
  let total = 0;
  for (const { from, to, count } of kept) {
    if (from > edges[edges.length - 1]) {
      edges.push(from);
      cumulative.push(total);
    }
    total += count;
    edges.push(to);
    cumulative.push(total);
  }
  return { edges: Float64Array.from(edges), cumulative: Float64Array.from(cumulative) };
}

function pointCell(value: number, total: number): Cells {
  const edges = Float64Array.of(value, value + pointWidth(value));
  return { edges, cumulative: Float64Array.of(0, total) };
}

function pointWidth(value: number): number {
  return Math.max(Math.abs(value), 2 ** -1000) * POINT;
}
