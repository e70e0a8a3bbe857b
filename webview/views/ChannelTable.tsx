import { t } from '@vscode/l10n';
import { CHANNEL_FIGURES, figureAt } from '../../src/model/channelFigures';
import { count, percent } from '../format';
import { type ChannelsAtRecord, channelsAsText } from '../state/channels';
import { usePanel } from './context';
import { FigureCell, type FigureColumn, FigureHead } from './FigureTable';
import { IconButton } from './Icon';

/** Rows of the table, at most: people look at the first ones, in any order. */
const MAX_ROWS = 100;

interface Props {
  readonly at: ChannelsAtRecord;
  readonly order: readonly number[];
  /** The column of the channel in view. */
  readonly column: number;
}

/** The figures of the channels at the step in view. */
export function ChannelTable({ at, order, column }: Props) {
  const { actions } = usePanel();
  const { figures, row, step, parts } = at;
  const shown = order.slice(0, MAX_ROWS);
  const channelHead = (
    <>
      {t('channel')}{' '}
      <IconButton
        icon="copy"
        label={t('Copy the figures of all channels at this step')}
        onClick={() => actions.copy(channelsAsText(at, order))}
      />
    </>
  );
  return (
    <section class="table-scroll channel-table" tabIndex={0} aria-label={t('Channels, scrollable')}>
      <table data-table="channels" data-step={step}>
        <FigureHead columns={[{ key: 'channel', label: channelHead }, ...figureColumns()]} />
        <tbody>
          {shown.map((each) => {
            const channel = figures.channels[each];
            return (
              <tr key={channel} data-channel={channel} aria-current={each === column ? 'true' : undefined}>
                <th scope="row">
                  <button type="button" class="link" onClick={() => actions.selectChannel(channel)}>
                    {channel}
                  </button>
                </th>
                <FigureCell value={parts[each]}>{percent(parts[each], 1)}</FigureCell>
                {CHANNEL_FIGURES.map((of) => (
                  <FigureCell key={of} data-field={of} value={figureAt(figures, of, row, each)} />
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      {order.length > MAX_ROWS && (
        <p class="muted">{t('The first {0} of {1} channels.', MAX_ROWS, count(order.length))}</p>
      )}
    </section>
  );
}

function figureColumns(): readonly FigureColumn[] {
  return [
    {
      key: 'part',
      label: t('part'),
      title: t('Part of the layer’s shift: share of the squared channel shifts'),
    },
    {
      key: 'shift',
      label: t('shift (σ)'),
      title: t('√(Δµ² + Δσ²), in σ of the whole layer at the reference'),
    },
    { key: 'mean', label: 'µ' },
    { key: 'deviation', label: 'σ' },
    { key: 'greatest', label: t('largest |x|') },
  ];
}
