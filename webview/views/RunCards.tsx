import { t } from '@vscode/l10n';
import { useCallback, useMemo } from 'preact/hooks';
import { type QuantityId, quantityOf } from '../../src/model/mapQuantities';
import type { GroupMember, GroupRun, RunGroup } from '../../src/model/runGroup';
import { quantityFigure } from '../charts/mapScale';
import { type Paint, PaintedCanvas } from '../charts/PaintedCanvas';
import { type GroupAxes, groupAxes, paintRun } from '../charts/runPainting';
import { figureAt, type RunWithBand, withBands } from '../state/runGroup';
import { usePanel } from './context';

interface Props {
  /** Undefined until it has arrived. */
  readonly group: RunGroup | undefined;
  /** The runs, whose places are kept until then. */
  readonly members: readonly GroupMember[];
  readonly step: number;
  readonly quantity: QuantityId;
}

/** One small chart for each run, with common axes; each leads to its run. */
export function RunCards({ group, members, step, quantity }: Props) {
  const kind = quantityOf(quantity).scale;
  const isCurrent = group?.quantity === quantity;
  const runs = useMemo(() => group && withBands(group), [group]);
  const axes = useMemo(() => group && groupAxes(group.runs, quantityOf(group.quantity).scale), [group]);
  if (group === undefined || runs === undefined)
    return (
      <div class="run-cards">
        {members.map(({ key }) => (
          <div key={key} class="run-card skeleton" />
        ))}
      </div>
    );
  return (
    <>
      <div class={`run-cards${isCurrent ? '' : ' stale'}`} data-quantity={group.quantity}>
        {runs.map((each) => (
          <RunCard
            key={each.run.key}
            of={each}
            axes={axes}
            isInView={each.run.key === group.inView}
            step={step}
            value={quantityFigure(kind, isCurrent ? figureAt(each.run, step) : Number.NaN)}
          />
        ))}
      </div>
      <p class="muted run-note">{noteOf(group, runs)}</p>
    </>
  );
}

interface CardProps {
  readonly of: RunWithBand;
  readonly axes: GroupAxes | undefined;
  readonly isInView: boolean;
  readonly step: number;
  readonly value: string;
}

function RunCard({ of: { run, band }, axes, isInView, step, value }: CardProps) {
  const { actions, theme } = usePanel();
  const paint = useCallback<Paint>(
    (context, width, height, colors) => {
      if (axes !== undefined && run.steps.length > 0)
        paintRun(context, { run, band, axes, step, theme: colors }, width, height);
    },
    [run, band, axes, step],
  );
  const missing = missingWords(run);
  const sentence = missing ?? t('{0} steps; {1} at step {2}', run.steps.length, value, step);
  return (
    <button
      type="button"
      class="run-card"
      aria-current={isInView ? 'true' : undefined}
      data-run={run.title}
      title={isInView ? t('{0}, in view', run.name) : t('Show {0}', run.name)}
      onClick={() => {
        if (!isInView) actions.showRun(run);
      }}
    >
      <span class="run-title">
        <span>{run.title}</span>
        <span class="muted">{missing === undefined ? value : ''}</span>
      </span>
      {missing === undefined ? (
        <span class="run-chart">
          <PaintedCanvas
            paint={paint}
            theme={theme}
            label={`${run.title}: ${sentence}`}
            name={`run ${run.title}`}
          />
        </span>
      ) : (
        <span class="run-chart muted">{missing}</span>
      )}
    </button>
  );
}

/** Why a run has no chart. */
function missingWords({ state, layer, steps, records }: GroupRun): string | undefined {
  if (steps.length > 0) return undefined;
  if (state === 'listing') return t('The run is being listed.');
  if (state === 'failed' && layer === undefined) return t('The run could not be opened.');
  if (layer === undefined) return t('No layer of this run belongs to the one in view.');
  if (state === 'computing') return t('Computing…');
  if (state === 'cancelled') return t('The computation was stopped. Resume it in that run.');
  return records === 0 ? t('The layer has no records.') : t('The quantity is not known for this layer.');
}

/** What the charts share, and what to do if nothing distinguishes the runs. */
function noteOf({ quantity, differing }: RunGroup, runs: readonly RunWithBand[]): string {
  const notes: string[] = [];
  if (quantity === 'shift')
    notes.push(t('Each shift is from the run’s own reference, before normalization.'));
  const band = runs.find((each) => each.band !== undefined)?.band;
  if (band !== undefined) notes.push(t('Shaded: what runs span that differ in the seed alone.'));
  if (differing.length === 0)
    notes.push(
      t(
        'Nothing says what distinguishes these runs. Add "knobs" to their normscope.json, such as {0}, or name their folders so.',
        '{ "lr": 0.1, "seed": 3 }',
      ),
    );
  return notes.join(' ');
}
