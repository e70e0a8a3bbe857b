import { t } from '@vscode/l10n';
import { CHANNEL_FIGURES, figureAt } from '../../src/model/channelFigures';
import { count, figure, percent } from '../format';
import { type ChannelsAtRecord, channelsAsText } from '../state/channels';
import { usePanel } from './context';
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
  return (
    <section class="table-scroll channel-table" tabIndex={0} aria-label={t('Channels, scrollable')}>
      <table data-table="channels" data-step={step}>
        <thead>
          <tr>
            <th scope="col">
              {t('channel')}{' '}
              <IconButton
                icon="copy"
                label={t('Copy the figures of all channels at this step')}
                onClick={() => actions.copy(channelsAsText(at, order))}
              />
            </th>
            <th scope="col" title={t('Part of the layer’s shift: share of the squared channel shifts')}>
              {t('part')}
            </th>
            <th scope="col" title={t('√(Δµ² + Δσ²), in σ of the whole layer at the reference step')}>
              {t('shift (σ)')}
            </th>
            <th scope="col">µ</th>
            <th scope="col">σ</th>
            <th scope="col">{t('largest |x|')}</th>
          </tr>
        </thead>
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
                <td data-value={String(parts[each])}>{percent(parts[each], 1)}</td>
                {CHANNEL_FIGURES.map((of) => {
                  const value = figureAt(figures, of, row, each);
                  return (
                    <td key={of} data-field={of} data-value={String(value)}>
                      {figure(value)}
                    </td>
                  );
                })}
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
