import { t } from '@vscode/l10n';
import { useCallback, useState } from 'preact/hooks';
import type { ChannelPositions, PositionCell } from '../../src/model/channelPositions';
import { mapColors, rampColor } from '../charts/mapColors';
import { type Paint, PaintedCanvas } from '../charts/PaintedCanvas';
import { paintPositions, positionCellAt, positionScale } from '../charts/positionPainting';
import { figure } from '../format';
import {
  cellInView,
  cellWords,
  positionAt,
  positionsAsText,
  positionsInView,
  stepAt,
} from '../state/channelPositions';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';
import { ChartCells } from './ChartCells';
import { usePanel } from './context';
import { CopyButton } from './Icon';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
  /** The channel in view. */
  readonly channel: number;
}

/** One channel by position: over steps for sequences, as a picture for images. */
export function ChannelPositionsView({ data, view, selection, channel }: Props) {
  const positions = positionsInView(data, selection);
  if (positions === undefined)
    return (
      <figure class="channel-positions">
        <figcaption>{t('Channel {0} by position', channel)}</figcaption>
        <div class="chart skeleton" />
      </figure>
    );
  const { id } = selection.record;
  const isStale = positions.channel !== channel || !positions.records.includes(id);
  return <Positions positions={positions} view={view} selection={selection} isStale={isStale} />;
}

interface PositionsProps extends Pick<Props, 'view' | 'selection'> {
  readonly positions: ChannelPositions;
  /** Whether the positions in view are on their way. */
  readonly isStale: boolean;
}

function Positions({ positions, view, selection, isStale }: PositionsProps) {
  const { actions, theme } = usePanel();
  const [pointed, setPointed] = useState<PositionCell>();
  const { kind, rows, columns, channel } = positions;
  const { record, series, layer } = selection;
  const { row, column } = cellInView(positions, view.position, record.id);
  const paint = useCallback<Paint>(
    (context, width, height, of) => paintPositions(context, positions, { row, column }, width, height, of),
    [positions, row, column],
  );
  const go = (cell: PositionCell) => {
    actions.selectElement({ n: view.sample, c: channel, p: positionAt(positions, cell) });
    const step = stepAt(positions, cell, series);
    if (kind === 'steps' && !Number.isNaN(step)) actions.selectStep(step);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey) return;
    const { key } = event;
    const down = { ArrowUp: row - 1, ArrowDown: row + 1, PageUp: row - 10, PageDown: row + 10 }[key];
    const along = { ArrowLeft: column - 1, ArrowRight: column + 1, Home: 0, End: columns - 1 }[key];
    const end = { Home: 0, End: rows - 1 }[key];
    if (down !== undefined) go({ row: Math.min(rows - 1, Math.max(0, down)), column });
    else if (kind === 'steps' && end !== undefined) go({ row: end, column });
    else if (kind === 'steps' && along !== undefined)
      actions.navigate({ to: key === 'ArrowLeft' ? 'previousStep' : 'nextStep' });
    else if (along !== undefined) go({ row, column: Math.min(columns - 1, Math.max(0, along)) });
    else return;
    event.preventDefault();
  };
  const shown = pointed ?? { row, column: Math.max(0, column) };
  const words = cellWords(positions, shown, stepAt(positions, shown, series));
  const scale = positionScale(positions);
  const ends = [scale.ticks[0], scale.ticks.at(-1)];
  return (
    <figure class={`channel-positions${isStale ? ' stale' : ''}`} data-kind={kind} data-channel={channel}>
      <figcaption>
        <span title={words} data-position-readout>
          {words}
        </span>
        <CopyButton
          label={t('Copy the means of all positions')}
          onClick={() => actions.copy(positionsAsText(positions, series))}
        />
      </figcaption>
      <ChartCells
        label={
          kind === 'steps'
            ? t('Positions of the channel: the arrow keys move through positions and steps')
            : t('Picture of the channel: the arrow keys move through positions')
        }
        cellAt={(box, x, y) => positionCellAt(positions, box, x, y)}
        onPoint={setPointed}
        onChoose={go}
        onKeyDown={onKeyDown}
      >
        <PaintedCanvas
          paint={paint}
          theme={theme}
          isImage
          name="channel-positions"
          label={
            kind === 'steps'
              ? t(
                  'Channel {0} of {1}, mean over samples (positions: {2}, steps: {3})',
                  channel,
                  layer.name,
                  positions.down.length,
                  columns,
                )
              : t(
                  'Channel {0} of {1} at step {2}, mean over samples ({3} × {4} positions)',
                  channel,
                  layer.name,
                  record.step,
                  positions.down.length,
                  positions.right?.length ?? 1,
                )
          }
        />
      </ChartCells>
      <div class="legend channel-legend" title={t('Mean over samples, from the smallest to the largest.')}>
        {figure(ends[0], 3)}
        <span
          class="channel-ramp"
          style={{
            backgroundImage: `linear-gradient(to right, ${STOPS.map((stop) => rampColor(mapColors(theme), stop)).join(', ')})`,
          }}
        />
        {figure(ends[1], 3)}
      </div>
    </figure>
  );
}

const STOPS = [0, 0.25, 0.5, 0.75, 1];
