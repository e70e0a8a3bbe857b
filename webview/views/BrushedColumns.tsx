import type { Brushed } from './useBrush';

/** The columns that are being dragged over. */
export function BrushedColumns({ brushed, columns }: { brushed: Brushed | undefined; columns: number }) {
  if (brushed === undefined) return null;
  const [first, last] = brushed;
  const left = `${(100 * first) / columns}%`;
  return <span class="brushed" style={{ left, width: `${(100 * (last - first + 1)) / columns}%` }} />;
}
