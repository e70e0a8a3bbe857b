import { t } from '@vscode/l10n';
import type { RecordPlace } from '../../src/model/catalog';
import {
  CHANNEL_FIGURES,
  type ChannelFigure,
  type ChannelFigures,
  channelsWithShare,
  figureAt,
  partsOf,
} from '../../src/model/channelFigures';
import type { Series } from '../../src/model/series';
import { count } from '../format';

/** How the channels of a map are sorted. */
export const CHANNEL_ORDERS = ['index', 'value', 'part'] as const;
export type ChannelOrder = (typeof CHANNEL_ORDERS)[number];

/** The share of a shift that the summary counts channels for. */
const MOST = 0.8;

/** Digits that float32 figures have. */
const DIGITS = 7;

/** The channels of a layer at the record in view. */
export interface ChannelsAtRecord {
  readonly figures: ChannelFigures;
  /** The row of the record in the figures. */
  readonly row: number;
  readonly step: number;
  /** Part of the layer's shift at the record, by column. */
  readonly parts: Float64Array;
}

/** The channels at a record, or at the nearest one that the figures include; undefined if they include none. */
export function channelsAt(
  figures: ChannelFigures,
  series: Series<RecordPlace>,
  record: RecordPlace,
): ChannelsAtRecord | undefined {
  const steps = stepsOf(figures, series);
  const distance = (row: number) => Math.abs(steps[row] - record.step);
  let row = -1;
  steps.forEach((step, i) => {
    if (!Number.isNaN(step) && (row < 0 || distance(i) < distance(row))) row = i;
  });
  const width = figures.channels.length;
  if (row < 0 || width === 0) return undefined;
  return {
    figures,
    row,
    step: steps[row],
    parts: partsOf(figures.shift.slice(row * width, (row + 1) * width)),
  };
}

/** Columns of the figures in an order: by channel, or the largest first at the record in view. */
export function orderedColumns(
  { figures, row, parts }: ChannelsAtRecord,
  order: ChannelOrder,
  figure: ChannelFigure,
): readonly number[] {
  const columns = Array.from(figures.channels, (_, column) => column);
  if (order === 'index') return columns;
  const size = (column: number) =>
    order === 'part' ? parts[column] : Math.abs(figureAt(figures, figure, row, column));
  // NaN comes last.
  const key = columns.map((column) => size(column) || 0);
  return columns.sort((a, b) => key[b] - key[a] || a - b);
}

/** The figures of all channels at the record in view as text: a line for each, separated by tabs. */
export function channelsAsText({ figures, row, parts }: ChannelsAtRecord, order: readonly number[]): string {
  const lines = order.map((column) => [
    figures.channels[column],
    parts[column],
    ...CHANNEL_FIGURES.map((figure) => Number(figureAt(figures, figure, row, column).toPrecision(DIGITS))),
  ]);
  return [['channel', 'part', ...CHANNEL_FIGURES], ...lines].map((cells) => `${cells.join('\t')}\n`).join('');
}

/** Where most of the shift, or of the distance from another run, is, in a sentence; undefined if there is none. */
export function concentration(
  { figures, parts, step }: ChannelsAtRecord,
  other?: string,
): string | undefined {
  const most = channelsWithShare(parts, MOST);
  if (most === 0) return undefined;
  const [few, all] = [count(most), count(figures.of)];
  if (other !== undefined)
    return most === 1
      ? t('1 of {0} channels makes {1} % of the distance from {2} at step {3}.', all, 100 * MOST, other, step)
      : t(
          '{0} of {1} channels make {2} % of the distance from {3} at step {4}.',
          few,
          all,
          100 * MOST,
          other,
          step,
        );
  return most === 1
    ? t('1 of {0} channels makes {1} % of the shift at step {2}.', all, 100 * MOST, step)
    : t('{0} of {1} channels make {2} % of the shift at step {3}.', few, all, 100 * MOST, step);
}

/** The steps of the rows; NaN for a record that has been removed. */
export function stepsOf({ records }: ChannelFigures, series: Series<RecordPlace>): readonly number[] {
  const steps = new Map(series.map(({ id, step }) => [id, step]));
  return Array.from(records, (record) => steps.get(record) ?? Number.NaN);
}
