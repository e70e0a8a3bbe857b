import { t } from '@vscode/l10n';
import type { ComponentChildren } from 'preact';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { QUESTIONS, type Question, type ViewState } from '../state/viewState';
import { batchSizesAsText, formatCastsAsText, methodSweepAsText } from '../state/whatIf';
import { BatchSizesView } from './BatchSizesView';
import { usePanel } from './context';
import { FormatCastsView } from './FormatCastsView';
import { CopyButton } from './Icon';
import { MethodSweepView } from './MethodSweepView';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/** What another batch size, method, or number format would do to the record in view: one question at a time. */
export function WhatIfView({ data, view, selection }: Props) {
  const { actions } = usePanel();
  const answer = answerOf(view.whatIf, data, selection);
  return (
    <section class="what-if" aria-label={t('What if')}>
      <p class="tab-line">
        <span class="questions">
          {QUESTIONS.map((each) => (
            <button
              key={each}
              type="button"
              class="toggle"
              aria-pressed={each === view.whatIf}
              data-question={each}
              onClick={() => actions.setView({ whatIf: each })}
            >
              {questionName(each)}
            </button>
          ))}
        </span>
        {answer !== undefined && (
          <CopyButton label={t('Copy the figures')} onClick={() => actions.copy(answer.asText())} />
        )}
      </p>
      {answer === undefined ? (
        <p class="tab-empty muted" role="status">
          {emptyWords(selection)}
        </p>
      ) : (
        <div
          class={`what-if-grid ${view.whatIf}${answer.record === selection.record.id ? '' : ' stale'}`}
          data-record={answer.record}
        >
          {answer.view}
        </div>
      )}
    </section>
  );
}

interface Answer {
  readonly record: number;
  readonly view: ComponentChildren;
  /** The figures as text, for a spreadsheet. */
  readonly asText: () => string;
}

/** The answer to a question, once it has arrived. */
function answerOf(question: Question, data: RunData, selection: Selection): Answer | undefined {
  const { batchSizes, methodSweep, formatCasts } = data;
  switch (question) {
    case 'batchSizes': {
      if (batchSizes === undefined) return undefined;
      const { shift, reference } = selection;
      const moved = reference === undefined ? undefined : shift?.methods.none?.channelFrechet;
      return {
        record: batchSizes.record,
        view: <BatchSizesView sizes={batchSizes} shift={moved} />,
        asText: () => batchSizesAsText(batchSizes),
      };
    }
    case 'methods':
      return (
        methodSweep && {
          record: methodSweep.record,
          view: <MethodSweepView data={data} sweep={methodSweep} selection={selection} />,
          asText: () => methodSweepAsText(methodSweep),
        }
      );
    case 'formats':
      return (
        formatCasts && {
          record: formatCasts.record,
          view: <FormatCastsView found={formatCasts} />,
          asText: () => formatCastsAsText(formatCasts),
        }
      );
  }
}

function questionName(question: Question): string {
  switch (question) {
    case 'batchSizes':
      return t('Batch size');
    case 'methods':
      return t('Method, G and ε');
    case 'formats':
      return t('Number format');
  }
}

function emptyWords({ layer, summary }: Selection): string {
  if (layer.summarized !== undefined)
    return t('The file contains distributions of whole tensors, so the elements are not known.');
  return summary === undefined ? t('The figures follow when this step is computed.') : t('Computing…');
}
