import { t } from '@vscode/l10n';
import { useRef, useState } from 'preact/hooks';
import { isOtherRun } from '../../src/model/reference';
import { type ComparisonLine, comparisonLine } from '../state/comparisonLine';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { usePanel } from './context';
import { Icon, IconButton } from './Icon';
import { LayerJoinsTable } from './LayerJoinsTable';
import { useDismiss } from './useDismiss';

const DRAWER = 'layer-joins-drawer';

/** While two runs are compared: with which, where they part, and which layers belong together. One line of fixed height. */
export function ComparisonView({ data, selection }: { data: RunData; selection: Selection }) {
  const { actions } = usePanel();
  const [isOpen, setOpen] = useState(false);
  const toggle = useRef<HTMLButtonElement>(null);
  const section = useRef<HTMLElement>(null);
  const isShown = isOpen && data.other?.join !== undefined;
  useDismiss(isShown, () => setOpen(false), toggle, section);
  const { catalog, other } = data;
  const { reference } = data.options;
  const line = comparisonLine(data, selection);
  if (line === undefined || other === undefined || catalog === undefined || !isOtherRun(reference))
    return null;
  const { join } = other;
  return (
    <section ref={section} class="comparison" aria-label={t('Comparison')} data-comparison={other.title}>
      <p class="comparison-line" title={[...line.sentences, line.parting?.text ?? ''].join('\n').trim()}>
        <Icon name="git-compare" />
        <Sentences line={line} />
        <button
          ref={toggle}
          type="button"
          class="link"
          aria-expanded={isShown}
          aria-controls={DRAWER}
          disabled={join === undefined}
          data-layer-joins
          onClick={() => setOpen(!isShown)}
        >
          {line.layers}
        </button>
        <IconButton icon="close" label={t('Stop comparing')} onClick={() => actions.run('stopComparing')} />
      </p>
      <section
        id={DRAWER}
        class="drawer"
        aria-label={t('Layers that belong together')}
        tabIndex={isShown ? 0 : -1}
        hidden={!isShown}
      >
        {isShown && join !== undefined && (
          <LayerJoinsTable catalog={catalog} join={join} reference={reference} name={other.title} />
        )}
      </section>
    </section>
  );
}

/** The sentences of the line; the one of where the runs part leads there. */
function Sentences({ line: { sentences, parting } }: { line: ComparisonLine }) {
  const { actions } = usePanel();
  const { text, navigation } = parting ?? {};
  return (
    <>
      <span class={text === undefined ? 'sentence' : 'beginning'}>{sentences.join(' ')}</span>
      {navigation !== undefined ? (
        <button type="button" class="link sentence" data-parting onClick={() => actions.navigate(navigation)}>
          {text}
        </button>
      ) : (
        text !== undefined && (
          <span class="sentence" data-parting>
            {text}
          </span>
        )
      )}
    </>
  );
}
