import { t } from '@vscode/l10n';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { type ChannelFigure, figureAt } from '../../src/model/channelFigures';
import type { QuantityScale } from '../../src/model/mapQuantities';
import { channelColor, channelPixelsOf, frameCell } from '../charts/channelPainting';
import { channelScale } from '../charts/channelScale';
import { type MapColors, mapColors } from '../charts/mapColors';
import { quantityFigure } from '../charts/mapScale';
import { type Paint, PaintedCanvas } from '../charts/PaintedCanvas';
import { drawPixels } from '../charts/pixels';
import { percent } from '../format';
import { type ChannelsAtRecord, stepsOf } from '../state/channels';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';
import { ChartCells } from './ChartCells';
import { channelFigureName } from './channelFigureName';
import { usePanel } from './context';

interface Props {
  readonly at: ChannelsAtRecord;
  /** Columns of the figures, from the top row to the bottom one. */
  readonly order: readonly number[];
  /** The column of the channel in view. */
  readonly column: number;
  readonly view: ViewState;
  readonly selection: Selection;
}

const SCALES: Readonly<Record<ChannelFigure, QuantityScale>> = {
  shift: 'sigmas',
  mean: 'signed',
  deviation: 'size',
  greatest: 'size',
};

/** Channels × steps, colored by a figure. A click or the arrow keys choose a channel and a step. */
export function ChannelMapView({ at, order, column, view, selection }: Props) {
  const { actions, theme } = usePanel();
  const { figures, row } = at;
  const figureOf = view.channelFigure;
  const kind = SCALES[figureOf];
  const [pointed, setPointed] = useState<{ row: number; column: number }>();
  const steps = useMemo(() => stepsOf(figures, selection.series), [figures, selection.series]);
  const scale = useMemo(() => channelScale(figures, figureOf), [figures, figureOf]);
  // Another channel in view moves a frame only.
  const pixelsOf = useMemo(
    () => channelPixelsOf({ figures, figure: figureOf, order, scale }),
    [figures, figureOf, order, scale],
  );
  const place = order.indexOf(column);
  const paint = useCallback<Paint>(
    (context, width, height, of) => {
      const pixels = pixelsOf(mapColors(of), Math.floor(height));
      drawPixels(context, pixels, { left: 0, top: 0, width, height });
      const size = { columns: figures.records.length, rows: order.length, width, height };
      frameCell(context, { column: row, row: place }, size, of);
    },
    [figures, order, pixelsOf, row, place],
  );
  const go = (to: { row: number; column: number }) => {
    actions.selectChannel(figures.channels[to.column]);
    actions.selectStep(steps[to.row]);
  };
  const cellAt = (box: DOMRect, x: number, y: number) => {
    const across = Math.floor((x / box.width) * figures.records.length);
    const down = Math.floor((y / box.height) * order.length);
    return {
      row: Math.min(figures.records.length - 1, Math.max(0, across)),
      column: order[Math.min(order.length - 1, Math.max(0, down))],
    };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey) return;
    const { key } = event;
    const last = order.length - 1;
    const to = {
      ArrowUp: place - 1,
      ArrowDown: place + 1,
      Home: 0,
      End: last,
      PageUp: place - 10,
      PageDown: place + 10,
    }[key];
    if (to !== undefined) actions.selectChannel(figures.channels[order[Math.min(last, Math.max(0, to))]]);
    else if (key === 'ArrowLeft') actions.navigate({ to: 'previousStep' });
    else if (key === 'ArrowRight') actions.navigate({ to: 'nextStep' });
    else return;
    event.preventDefault();
  };
  const shown = pointed ?? { row, column };
  const words = readout(at, shown, steps[shown.row], figureOf, kind);
  return (
    <figure class="channel-map">
      <figcaption title={words} data-channel-readout>
        {words}
      </figcaption>
      <ChartCells
        label={t('Channel map: the arrow keys move through channels and steps')}
        cellAt={cellAt}
        onPoint={setPointed}
        onChoose={go}
        onKeyDown={onKeyDown}
      >
        <PaintedCanvas
          paint={paint}
          theme={theme}
          isImage
          name="channel-map"
          label={t(
            '{0} of {1} (channels: {2}, steps: {3})',
            channelFigureName(figureOf),
            selection.layer.name,
            order.length,
            figures.records.length,
          )}
        />
      </ChartCells>
      <div class="channel-steps" aria-hidden="true">
        <span>{steps[0]}</span>
        <span>{t('step')}</span>
        <span>{steps.at(-1)}</span>
      </div>
      <div class="legend channel-legend" title={scale.meaning}>
        {scale.ends[0]}
        <span
          class="channel-ramp"
          style={{ backgroundImage: `linear-gradient(to right, ${stopsOf(mapColors(theme))})` }}
        />
        {scale.ends[1]}
      </div>
    </figure>
  );
}

/** The colors of the scale from left to right. */
function stopsOf(colors: MapColors): string {
  const stops = [0, 0.125, 0.25, 0.5, 0.75, 1].map((stop) => `${channelColor(colors, stop)} ${100 * stop}%`);
  return stops.join(', ');
}

/** The figure of a cell in words; with its part, if the cell is at the step in view. */
function readout(
  { figures, row, parts }: ChannelsAtRecord,
  cell: { row: number; column: number },
  step: number,
  figureOf: ChannelFigure,
  kind: QuantityScale,
): string {
  const channel = figures.channels[cell.column];
  const value = quantityFigure(kind, figureAt(figures, figureOf, cell.row, cell.column));
  const name = channelFigureName(figureOf);
  return cell.row === row
    ? t(
        'Channel {0}, step {1}: {2} {3}; part of the shift {4}',
        channel,
        step,
        name,
        value,
        percent(parts[cell.column], 1),
      )
    : t('Channel {0}, step {1}: {2} {3}', channel, step, name, value);
}
