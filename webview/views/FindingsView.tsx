import type { Finding } from '../../src/model/findings';
import type { RunData } from '../state/runData';
import { usePanel } from './context';
import { Icon } from './Icon';

const SEVERITY_WORDS: Readonly<Record<Finding['severity'], string>> = {
  error: 'Error',
  warning: 'Warning',
  note: 'Note',
};

/** What is wrong with the run, one line each; opens to the evidence and what to try. Nothing where nothing is. */
export function FindingsView({ data }: { data: RunData }) {
  const { actions } = usePanel();
  const { findings, catalog } = data;
  if (findings.length === 0 || catalog === undefined) return null;
  return (
    <section class="findings" aria-label="Findings" data-findings={findings.length}>
      <ul>
        {findings.map((finding) => {
          const { kind, severity, layer, step, variant, title, evidence, advice } = finding;
          return (
            <li key={`${kind} ${layer} ${title}`} data-finding={kind} data-severity={severity}>
              <details>
                <summary title={evidence}>
                  <span class={`severity ${severity}`}>
                    <Icon name={severity === 'note' ? 'info' : severity} />
                    <span class="visually-hidden">{SEVERITY_WORDS[severity]}: </span>
                  </span>
                  {title}
                </summary>
                <p>{evidence}</p>
                <p class="muted">{advice}</p>
              </details>
              {layer !== undefined && (
                <button
                  type="button"
                  class="link"
                  data-finding-place
                  onClick={() =>
                    actions.navigate({
                      to: 'record',
                      layer,
                      ...(step === undefined ? {} : { step }),
                      ...(variant === undefined ? {} : { variant }),
                    })
                  }
                >
                  {catalog.layers[layer]?.name}
                  {step === undefined ? '' : `, step ${step}`}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
