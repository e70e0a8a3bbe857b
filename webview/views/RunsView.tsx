import { t } from '@vscode/l10n';
import { quantityOf } from '../../src/model/mapQuantities';
import type { RunData } from '../state/runData';
import { coordinatesAsText, coordinatesInView, groupAsText, groupInView } from '../state/runGroup';
import type { Selection } from '../state/selection';
import { RUN_VIEWS, type RunView, type ViewState } from '../state/viewState';
import { usePanel } from './context';
import { CopyButton } from './Icon';
import { RunCards } from './RunCards';
import { WidthView } from './WidthView';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/** The layer in view in several runs: a quantity over training, or its size over the networks' width. */
export function RunsView({ data, view, selection }: Props) {
  const { actions } = usePanel();
  const group = groupInView(data, selection);
  const check = coordinatesInView(data, selection);
  const isTraining = view.runView === 'training';
  const asText = isTraining
    ? group && (() => groupAsText(group))
    : check == null
      ? undefined
      : () => coordinatesAsText(check);
  return (
    <section class="runs" aria-label={t('Runs')}>
      <p class="tab-line">
        <span class="questions">
          {RUN_VIEWS.map((each) => (
            <button
              key={each}
              type="button"
              class="toggle"
              aria-pressed={each === view.runView}
              data-run-view={each}
              onClick={() => actions.setView({ runView: each })}
            >
              {runViewName(each, view)}
            </button>
          ))}
        </span>
        {asText !== undefined && (
          <CopyButton label={t('Copy the figures')} onClick={() => actions.copy(asText())} />
        )}
      </p>
      {isTraining ? (
        <RunCards
          group={group}
          members={data.group}
          step={selection.record.step}
          quantity={view.mapQuantity}
        />
      ) : (
        <WidthView check={check} layer={selection.layer.name} />
      )}
    </section>
  );
}

function runViewName(view: RunView, { mapQuantity }: ViewState): string {
  return view === 'training' ? t('Over training: {0}', quantityOf(mapQuantity).name()) : t('Over width');
}
