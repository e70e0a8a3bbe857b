import { t } from '@vscode/l10n';
import { useCallback, useMemo } from 'preact/hooks';
import {
  CHANNEL_FIGURES,
  type ChannelFigure,
  type ChannelFigures,
  figureAt,
} from '../../src/model/channelFigures';
import { ChartCanvas } from '../charts/ChartCanvas';
import { channelTraceChart } from '../charts/channelTraceChart';
import { count, figure } from '../format';
import {
  CHANNEL_ORDERS,
  type ChannelOrder,
  type ChannelsAtRecord,
  channelsAt,
  concentration,
  orderedColumns,
  stepsOf,
} from '../state/channels';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';
import type { Theme } from '../theme';
import { ChannelMapView } from './ChannelMapView';
import { ChannelTable } from './ChannelTable';
import { channelFigureName } from './channelFigureName';
import { usePanel } from './context';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/** The channels of the layer in view: all of them over steps, one of them over steps, and their figures at this step. */
export function ChannelsView({ data, view, selection }: Props) {
  const { layer, variant, record } = selection;
  const { channelFigure, channelOrder } = view;
  const figures =
    data.channels?.layer === layer.id && data.channels.variant === variant ? data.channels : undefined;
  const at = useMemo(
    () => figures && channelsAt(figures, selection.series, record),
    [figures, selection.series, record],
  );
  const order = useMemo(
    () => (at === undefined ? [] : orderedColumns(at, channelOrder, channelFigure)),
    [at, channelOrder, channelFigure],
  );
  const summary = at === undefined ? undefined : concentration(at, selection.other?.name);
  const chosen = at?.figures.channels.indexOf(view.channel ?? -1) ?? -1;
  const column = chosen >= 0 ? chosen : order[0];
  return (
    <section class="channels" aria-label={t('Channels')}>
      <p class="tab-line">
        <FigureSelect value={channelFigure} />
        <OrderSelect value={channelOrder} />
        <span data-concentration>{summary ?? noShift(selection, at)}</span>
        {at !== undefined && <Omitted figures={at.figures} />}
      </p>
      {at === undefined ? (
        <p class="tab-empty muted" role="status">
          {emptyWords(data, selection)}
        </p>
      ) : (
        <div class="channels-grid">
          <ChannelMapView at={at} order={order} column={column} view={view} selection={selection} />
          <Trace at={at} column={column} selection={selection} />
          <ChannelTable at={at} order={order} column={column} />
        </div>
      )}
    </section>
  );
}

function emptyWords({ progress }: RunData, { layer }: Selection): string {
  if (layer.summarized !== undefined)
    return t('The file contains distributions of whole tensors, so the channels are not known.');
  return progress.state === 'computing' || progress.state === 'listing'
    ? t('The channels follow when the first steps of this layer are computed.')
    : t('The channels of this layer could not be computed.');
}

function noShift({ reference, other, layer }: Selection, at: ChannelsAtRecord | undefined): string {
  if (at === undefined) return '';
  if (other !== undefined)
    return reference === undefined
      ? t('Nothing in {0} belongs to {1}.', other.name, layer.name)
      : t('No channel differs from {0} at step {1}.', other.name, at.step);
  return reference === undefined
    ? t('Step {0} is the reference, so there is no shift.', at.step)
    : t('No channel has shifted at step {0}.', at.step);
}

/** How many channels the view leaves out. */
function Omitted({ figures: { channels, of } }: { figures: ChannelFigures }) {
  if (channels.length === of) return null;
  return (
    <span class="muted">
      {t('Shows the {0} of {1} channels that shift most.', count(channels.length), count(of))}
    </span>
  );
}

function FigureSelect({ value }: { value: ChannelFigure }) {
  const { actions } = usePanel();
  return (
    <select
      aria-label={t('Figure of the channel map')}
      data-channel-figure
      value={value}
      onChange={({ currentTarget }) => {
        const channelFigure = CHANNEL_FIGURES.find((each) => each === currentTarget.value);
        if (channelFigure !== undefined) actions.setView({ channelFigure });
      }}
    >
      {CHANNEL_FIGURES.map((each) => (
        <option key={each} value={each}>
          {channelFigureName(each)}
        </option>
      ))}
    </select>
  );
}

function OrderSelect({ value }: { value: ChannelOrder }) {
  const { actions } = usePanel();
  return (
    <select
      aria-label={t('Order of the channels')}
      data-channel-order
      value={value}
      onChange={({ currentTarget }) => {
        const channelOrder = CHANNEL_ORDERS.find((each) => each === currentTarget.value);
        if (channelOrder !== undefined) actions.setView({ channelOrder });
      }}
    >
      <option value="index">{t('by index')}</option>
      <option value="value">{t('by |value| at this step')}</option>
      <option value="part">{t('by part of the shift')}</option>
    </select>
  );
}

/** One channel over training. */
function Trace({ at, column, selection }: { at: ChannelsAtRecord; column: number; selection: Selection }) {
  const { actions, theme } = usePanel();
  const { figures, row, step } = at;
  const { series, reference } = selection;
  const channel = figures.channels[column];
  const config = useCallback(
    (colors: Theme) => {
      const curve = (of: ChannelFigure) =>
        Array.from(figures.records, (_, i) => figureAt(figures, of, i, column));
      return channelTraceChart(
        {
          steps: stepsOf(figures, series),
          mean: curve('mean'),
          deviation: curve('deviation'),
          greatest: curve('greatest'),
        },
        { step, reference: reference?.step, onStep: actions.selectStep },
        colors,
      );
    },
    [figures, column, step, reference?.step],
  );
  return (
    <figure class="channel-trace">
      <figcaption>{t('Channel {0} over training', channel)}</figcaption>
      <ChartCanvas
        config={config}
        theme={theme}
        name="channel-trace"
        label={t(
          'Channel {0} over training; at step {1}: mean {2}, standard deviation {3}, largest |x| {4}',
          channel,
          step,
          figure(figureAt(figures, 'mean', row, column)),
          figure(figureAt(figures, 'deviation', row, column)),
          figure(figureAt(figures, 'greatest', row, column)),
        )}
      />
    </figure>
  );
}
