import { t } from '@vscode/l10n';
import { withConsequences } from '../../src/model/findings';
import type { Navigation } from '../../src/protocol/panelApi';
import { placesOf } from './findings';
import { otherStepWords } from './referenceWords';
import type { RunData } from './runData';
import type { Selection } from './selection';

/** What is said of a comparison, in one line. */
export interface ComparisonLine {
  readonly sentences: readonly string[];
  /** Where the runs part, once that is known, and how to get there. */
  readonly parting: { readonly text: string; readonly navigation: Navigation | undefined } | undefined;
  /** How many layers belong together, in a few words. */
  readonly layers: string;
}

/** The line of the comparison; undefined if the run is not compared with another. */
export function comparisonLine(data: RunData, selection: Selection): ComparisonLine | undefined {
  const { other, catalog, diagnosis } = data;
  if (other === undefined || catalog === undefined) return undefined;
  const { parting: text, findings = [] } = diagnosis.diagnosis ?? {};
  const finding = findings.flatMap(withConsequences).find(({ kind }) => kind === 'runs-part');
  const parting =
    text === undefined || text === '' || !diagnosis.isCurrent
      ? undefined
      : { text, navigation: finding && placesOf(finding, catalog)[0]?.navigation };
  const joined = other.join?.layers.filter((each) => each.other !== undefined).length ?? 0;
  return {
    sentences: [t('Compared with {0}.', other.title), ...stateWords(data, selection)],
    parting,
    layers: t('{0} of {1} layers', joined, catalog.layers.length),
  };
}

function stateWords({ other, progress }: RunData, selection: Selection): readonly string[] {
  if (other?.join === undefined)
    return [progress.state === 'failed' ? t('It could not be opened.') : t('It is being listed.')];
  if (selection.other?.joined === undefined)
    return [t('The other run has no layer that belongs to {0}.', selection.layer.name)];
  const steps = otherStepWords(selection);
  return steps === undefined ? [] : [steps];
}
