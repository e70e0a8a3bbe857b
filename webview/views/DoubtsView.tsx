import type { Answer } from '../state/doubts';
import { doubtsOf } from '../state/doubts';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { usePanel } from './context';
import { Icon } from './Icon';

/** What was assumed and could be otherwise, with the other way one click away. The answer is remembered for the run. */
export function DoubtsView({ data, selection }: { data: RunData; selection: Selection }) {
  return (
    <>
      {doubtsOf(data, selection.layer).map(({ kind, text, other, keep }) => (
        <p key={kind} class="remark" data-doubt={kind}>
          <Icon name="question" /> {text} <AnswerButton answer={other} name="other" />{' '}
          {keep !== undefined && <AnswerButton answer={keep} name="keep" />}
        </p>
      ))}
    </>
  );
}

function AnswerButton({ answer, name }: { answer: Answer; name: 'other' | 'keep' }) {
  const { actions } = usePanel();
  return (
    <button type="button" class="link" data-answer={name} onClick={() => actions.turn(answer.knobs)}>
      {answer.label}
    </button>
  );
}
