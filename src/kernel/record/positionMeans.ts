import type { Layout, RecordEntry } from '../../model/catalog';
import type { FilesOpener } from '../tensor/openFiles';
import { openValues } from '../tensor/recordValues';
import { forEachElement } from '../tensor/traversal';

/** Cells that positions are divided into. */
export interface PositionCells {
  readonly cells: number;
  /** The cell of a position; −1 for one that is skipped. */
  cellAt(position: number): number;
}

/** Reads a record and returns the mean of the finite values of a channel in each cell; NaN in a cell without any. */
export async function positionMeans(
  open: FilesOpener,
  record: RecordEntry,
  layout: Layout,
  channel: number,
  { cells, cellAt }: PositionCells,
  signal: AbortSignal,
): Promise<Float64Array> {
  const files = open();
  try {
    const { axes, stream, close } = await openValues(files, record, layout, signal);
    try {
      const [means, counts] = [new Float64Array(cells), new Float64Array(cells)];
      const places = Int32Array.from({ length: axes.positions }, (_, p) => cellAt(p));
      await stream.forEach((chunk, from) => {
        forEachElement(
          axes,
          chunk,
          from,
          (_, c) => c === channel,
          (x, _, c, p) => {
            const cell = places[p];
            if (c !== channel || cell < 0 || x - x !== 0) return;
            // Welford's update, which cannot overflow.
            means[cell] += (x - means[cell]) / ++counts[cell];
          },
        );
      });
      return means.map((mean, cell) => (counts[cell] > 0 ? mean : Number.NaN));
    } finally {
      await close();
    }
  } finally {
    await files.closeAll();
  }
}
