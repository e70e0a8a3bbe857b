import { t } from '@vscode/l10n';
import { type AnalysisOptions, layoutOf } from '../../src/model/analysis';
import type { LayerEntry, RecordPlace } from '../../src/model/catalog';
import {
  type ChannelPositions,
  cellOf,
  firstIndexOf,
  type PositionCell,
} from '../../src/model/channelPositions';
import type { Series } from '../../src/model/series';
import { figure } from '../format';
import type { RunData } from './runData';
import type { Selection } from './selection';
import type { ViewState } from './viewState';

/** Whether tensors of a layer have positions, as those of sequences and images have. */
export function hasPositions(layer: LayerEntry, options: AnalysisOptions): boolean {
  return layer.summarized === undefined && /[^NC]/.test(layoutOf(layer, options));
}

/** The positions of the layer in view; undefined until they have arrived. */
export function positionsInView(
  { channelPositions: found }: Pick<RunData, 'channelPositions'>,
  { layer, variant }: Pick<Selection, 'layer' | 'variant'>,
): ChannelPositions | undefined {
  return found?.layer === layer.id && found.variant === variant ? found : undefined;
}

/** The cell of a position and a record; the first or the last one where the map does not have it. */
export function cellInView(
  { kind, down, right, rows, columns, records }: ChannelPositions,
  position: number,
  record: number,
): PositionCell {
  const at = (index: number, length: number, cells: number) =>
    Math.min(cells - 1, cellOf(Math.min(index, length - 1), length, cells));
  if (kind === 'steps' || right === undefined)
    return { row: at(position, down.length, rows), column: records.indexOf(record) };
  return {
    row: at(Math.floor(position / right.length) % down.length, down.length, rows),
    column: at(position % right.length, right.length, columns),
  };
}

/** The first position in a cell. */
export function positionAt(
  { down, right, rows, columns }: ChannelPositions,
  { row, column }: PositionCell,
): number {
  const first = firstIndexOf(row, down.length, rows);
  return right === undefined ? first : first * right.length + firstIndexOf(column, right.length, columns);
}

/** The step of a cell; NaN for a record that was removed. */
export function stepAt(
  { kind, records }: ChannelPositions,
  { column }: PositionCell,
  series: Series<RecordPlace>,
): number {
  const record = records[kind === 'steps' ? column : 0];
  return series.find(({ id }) => id === record)?.step ?? Number.NaN;
}

/** The indices of an axis in a cell, such as `H 3` or `L 12–13`. */
function indexName(letter: string, cell: number, length: number, cells: number): string {
  const [first, next] = [cell, cell + 1].map((each) => firstIndexOf(each, length, cells));
  return next - first > 1 ? `${letter} ${first}–${next - 1}` : `${letter} ${first}`;
}

/** The position of a cell in words. */
export function cellName(
  { down, right, rows, columns }: ChannelPositions,
  { row, column }: PositionCell,
): string {
  const name = indexName(down.letter, row, down.length, rows);
  return right === undefined ? name : `${name}, ${indexName(right.letter, column, right.length, columns)}`;
}

/** The mean of a cell, in a sentence. */
export function cellWords(positions: ChannelPositions, cell: PositionCell, step: number): string {
  const { channel, columns, mean } = positions;
  return t(
    'Mean {0}: channel {1}, step {2}, {3}',
    figure(mean[cell.row * columns + cell.column]),
    channel,
    step,
    cellName(positions, cell),
  );
}

/** The mean at the position in view, in a sentence; undefined until it has arrived. */
export function positionWords(
  data: Pick<RunData, 'channelPositions'>,
  { position }: Pick<ViewState, 'position'>,
  selection: Selection,
): string | undefined {
  const positions = positionsInView(data, selection);
  const cell = positions && cellInView(positions, position, selection.record.id);
  if (positions === undefined || cell === undefined || cell.column < 0) return undefined;
  return cellWords(positions, cell, stepAt(positions, cell, selection.series));
}

/** All means as text: a line for each row of the map, separated by tabs, with a head. */
export function positionsAsText(positions: ChannelPositions, series: Series<RecordPlace>): string {
  const { down, right, rows, columns, mean } = positions;
  const head = Array.from({ length: columns }, (_, column) =>
    right === undefined
      ? stepAt(positions, { row: 0, column }, series)
      : firstIndexOf(column, right.length, columns),
  );
  const lines = Array.from({ length: rows }, (_, row) => [
    firstIndexOf(row, down.length, rows),
    ...mean.slice(row * columns, (row + 1) * columns),
  ]);
  return [[down.letter, ...head], ...lines].map((cells) => `${cells.join('\t')}\n`).join('');
}
