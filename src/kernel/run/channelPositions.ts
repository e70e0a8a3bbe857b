import type { FileSystem } from '../../io/fileSystem';
import { layoutOf } from '../../model/analysis';
import type { RecordEntry } from '../../model/catalog';
import { type ChannelPositions, cellOf } from '../../model/channelPositions';
import { elementCount } from '../../model/elementCount';
import { positionOf, seriesOf } from '../../model/series';
import { spacedIndices } from '../../model/spacedIndices';
import { isAbortError } from '../../rpc/abort';
import { type PositionCells, positionMeans } from '../record/positionMeans';
import { positionAxes } from '../tensor/layoutAxes';
import { openFiles } from '../tensor/openFiles';
import type { ReadRun } from './sketchStore';

/** Cells of an axis of positions, at most: more are smaller than a pixel. */
const MAX_CELLS = 192;
/** Steps, at most: a map cannot show more columns side by side. */
const MAX_STEPS = 240;
/** Values to read, at most: about a second of work. Of large tensors, fewer steps are read. */
const MAX_VALUES = 2 ** 26;

/** The channel to describe, and the step in view. */
export interface PositionsRequest {
  readonly layer: number;
  readonly variant: number;
  readonly step: number;
  /** A channel that the layer does not have becomes its last. */
  readonly channel: number;
}

/**
 * Returns the means over samples of a channel by position: over steps for one axis of positions, at the step in view for
 * more. Null for a layer without positions. Reads each record once; one that cannot be read has NaN, except that in
 * view, whose problem is thrown.
 */
export async function channelPositions(
  fileSystem: FileSystem,
  { catalog, options, recent }: ReadRun,
  { layer, variant, step, channel: wanted }: PositionsRequest,
  signal: AbortSignal,
): Promise<ChannelPositions | null> {
  const open = () => openFiles(fileSystem, recent);
  const series = seriesOf(catalog, layer, variant);
  const layout = layoutOf(catalog.layers[layer], options);
  const inView = Math.min(positionOf(series, step), series.length - 1);
  const record = series[inView];
  const shape = shapeOf(record);
  const axes = positionAxes(layout, shape);
  const [down, right] = axes.length === 1 ? [axes[0], undefined] : axes.slice(-2);
  if (down === undefined) return null;
  const channelAxis = layout.indexOf('C');
  const channel = Math.min(wanted, (channelAxis < 0 ? 1 : shape[channelAxis]) - 1);
  const rows = Math.min(MAX_CELLS, down.length);
  const common = { layer, variant, channel, down, rows };
  if (right !== undefined) {
    const columns = Math.min(MAX_CELLS, right.length);
    const cellAt = (p: number) => {
      const [h, w] = [Math.floor(p / right.length) % down.length, p % right.length];
      return cellOf(h, down.length, rows) * columns + cellOf(w, right.length, columns);
    };
    const cells = { cells: rows * columns, cellAt };
    const mean = await positionMeans(open, record, layout, channel, cells, signal);
    return { ...common, right, kind: 'picture', records: Int32Array.of(record.id), columns, mean };
  }
  // Skips positions that the tensor in view does not have.
  const cellAt = (p: number) => (p < down.length ? cellOf(p, down.length, rows) : -1);
  const most = Math.max(1, Math.floor(MAX_VALUES / elementCount(shape)));
  const shown = spacedIndices(series.length, Math.min(MAX_STEPS, most), inView).map((at) => series[at]);
  const columns = shown.length;
  const mean = new Float64Array(rows * columns);
  for (const [column, each] of shown.entries()) {
    const means = await meansOf(each, { cells: rows, cellAt });
    for (let row = 0; row < rows; row++) mean[row * columns + column] = means?.[row] ?? Number.NaN;
  }
  return { ...common, kind: 'steps', records: Int32Array.from(shown, ({ id }) => id), columns, mean };

  async function meansOf(of: RecordEntry, cells: PositionCells): Promise<Float64Array | undefined> {
    try {
      return await positionMeans(open, of, layout, channel, cells, signal);
    } catch (error) {
      // Its own result names the problem.
      if (of === record || isAbortError(error)) throw error;
      return undefined;
    }
  }
}

function shapeOf({ parts, shape }: RecordEntry): readonly number[] {
  return parts?.[0].shape ?? shape;
}
