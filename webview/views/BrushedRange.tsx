import type { Brushed } from './useBrush';

/** The columns that are being dragged over. */
export function BrushedColumns({ brushed, columns }: { brushed: Brushed | undefined; columns: number }) {
  if (brushed === undefined) return null;
  const [first, last] = brushed;
  const left = `${(100 * first) / columns}%`;
  return <span class="brushed" style={{ left, width: `${(100 * (last - first + 1)) / columns}%` }} />;
}

interface RowsProps {
  readonly brushed: Brushed | undefined;
  readonly rowHeight: number;
  readonly scrolled: number;
}

/** The rows that are being dragged over. */
export function BrushedRows({ brushed, rowHeight, scrolled }: RowsProps) {
  if (brushed === undefined) return null;
  const [first, last] = brushed;
  const [top, height] = [first * rowHeight - scrolled, (last - first + 1) * rowHeight];
  return <span class="brushed-rows" style={{ top: `${top}px`, height: `${height}px` }} />;
}
