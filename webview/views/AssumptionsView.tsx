import type { Answer } from '../state/assumptions';
import { assumptionsOf } from '../state/assumptions';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { usePanel } from './context';
import { Icon } from './Icon';

/** What was assumed and could be otherwise, with the other way one click away. The answer is remembered for the run. */
export function AssumptionsView({ data, selection }: { data: RunData; selection: Selection }) {
  return (
    <>
      {assumptionsOf(data, selection.layer).map(({ kind, text, alternative, confirm }) => (
        <p key={kind} class="remark" data-assumption={kind}>
          <Icon name="question" /> {text} <AnswerButton answer={alternative} name="alternative" />{' '}
          {confirm !== undefined && <AnswerButton answer={confirm} name="confirm" />}
        </p>
      ))}
    </>
  );
}

function AnswerButton({ answer, name }: { answer: Answer; name: 'alternative' | 'confirm' }) {
  const { actions } = usePanel();
  return (
    <button type="button" class="link" data-answer={name} onClick={() => actions.setOptions(answer.changes)}>
      {answer.label}
    </button>
  );
}
