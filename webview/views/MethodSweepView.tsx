import { t } from '@vscode/l10n';
import { useCallback } from 'preact/hooks';
import { EPSILON_PART, type MethodSweep, removedShare } from '../../src/model/methodSweep';
import { ChartCanvas } from '../charts/ChartCanvas';
import { groupSweepChart } from '../charts/groupSweepChart';
import { count, figure, methodName, percent } from '../format';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import type { Theme } from '../theme';
import { usePanel } from './context';
import { FigureCell, FigureHead } from './FigureTable';
import { RemovedShiftView, shareText } from './RemovedShiftView';

interface Props {
  readonly data: RunData;
  readonly sweep: MethodSweep;
  readonly selection: Selection;
}

/** What other methods and numbers of groups would do to the shift, and where ε is large. */
export function MethodSweepView({ data, sweep, selection }: Props) {
  const own = selection.summary?.groups;
  return (
    <>
      <GroupChart sweep={sweep} own={own} />
      <section class="sweep-tables" tabIndex={0} aria-label={t('Groups and ε, scrollable')}>
        <GroupTable sweep={sweep} own={own} />
        <EpsilonTable sweep={sweep} epsilon={selection.summary?.epsilon} />
      </section>
      <RemovedShiftView data={data} selection={selection} />
    </>
  );
}

interface SweepProps {
  readonly sweep: MethodSweep;
  /** The number of groups under the current options. */
  readonly own: number | undefined;
}

function GroupChart({ sweep, own }: SweepProps) {
  const { theme } = usePanel();
  const config = useCallback((colors: Theme) => groupSweepChart(sweep, own, colors), [sweep, own]);
  if (sweep.groups.length === 0)
    return (
      <p class="tab-empty muted">
        {t('This step is not measured from another one, so there is no shift to remove.')}
      </p>
    );
  return (
    <figure class="batch-chart">
      <figcaption>{t('Share of the shift that group normalization removes, by G:')}</figcaption>
      <ChartCanvas
        config={config}
        theme={theme}
        name="groups"
        label={t('Share of the shift that group normalization removes, by number of groups')}
      />
    </figure>
  );
}

function GroupTable({ sweep, own }: SweepProps) {
  return (
    <table data-table="groups">
      <FigureHead
        columns={[
          { key: 'groups', label: 'G' },
          { key: 'w1', label: t('shift (σ)'), title: t('W1/σ after group normalization') },
          { key: 'removed', label: t('removed'), title: t('1 − shift after the method / shift before') },
        ]}
      />
      <tbody>
        {sweep.groups.map(({ groups, w1 }) => (
          <tr key={groups} data-groups={groups} aria-current={groups === own ? 'true' : undefined}>
            <th scope="row">{groups}</th>
            <FigureCell data-field="w1" value={w1}>
              {figure(w1, 3)}
            </FigureCell>
            <FigureCell data-field="removed" value={removedShare(sweep, w1)}>
              {shareText(removedShare(sweep, w1))}
            </FigureCell>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function EpsilonTable({ sweep, epsilon }: { sweep: MethodSweep; epsilon: number | undefined }) {
  return (
    <table data-table="epsilon">
      <caption title={t('There, ε makes normalized values smaller by half a percent or more.')}>
        {t('Units in which ε = {0} is over {1} % of σ²', figure(epsilon, 2), 100 * EPSILON_PART)}
      </caption>
      <FigureHead
        columns={[
          { key: 'method', label: t('method') },
          { key: 'units', label: t('units') },
          { key: 'share', label: t('share') },
        ]}
      />
      <tbody>
        {sweep.epsilon.map(({ method, units, share }) => (
          <tr key={method} data-method={method}>
            <th scope="row">{methodName(method)}</th>
            <FigureCell data-field="units" value={units}>
              {count(units)}
            </FigureCell>
            <FigureCell data-field="share" value={share}>
              {percent(share, 1)}
            </FigureCell>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
