import { t } from '@vscode/l10n';
import type { Finding, Verdict } from '../../src/model/findings';
import type { Navigation, PanelCatalog } from '../../src/protocol/panelApi';
import type { RunData } from './runData';

/** The line above the charts. */
export interface VerdictLine {
  /** `pending`: no computation has finished yet. */
  readonly severity: Verdict['severity'] | 'pending';
  readonly sentence: string;
  /** The content of the drawer in a few words; empty if the drawer is. */
  readonly count: string;
  /** True while another computation is under way, whose verdict will replace this one. */
  readonly isStale: boolean;
}

/** The verdict of the last finished computation, or why there is none. */
export function verdictLine({ diagnosis: { diagnosis, isCurrent }, progress }: RunData): VerdictLine {
  if (diagnosis === undefined) {
    const hasStopped = progress.state === 'cancelled' || progress.state === 'failed';
    const sentence = hasStopped
      ? t('No verdict: the computation has stopped.')
      : t('The verdict follows when everything is computed.');
    return { severity: 'pending', sentence, count: '', isStale: false };
  }
  const { verdict, findings } = diagnosis;
  return {
    severity: verdict.severity,
    sentence: verdict.sentence,
    count: countInWords(verdict.causes, findings.length),
    isStale: !isCurrent,
  };
}

function countInWords(causes: number, findings: number): string {
  if (causes > 0) return causes === 1 ? t('1 cause') : t('{0} causes', causes);
  if (findings === 0) return '';
  return findings === 1 ? t('1 note') : t('{0} notes', findings);
}

/** A button that goes to the place of a finding. */
export interface Place {
  readonly label: string;
  readonly navigation: Navigation;
}

/** Layers that a finding without a first layer leads to, at most. */
const MAX_PLACES = 6;

/** The places of a finding: the layer where it begins, or the first layers that it affects if that is unknown. */
export function placesOf(finding: Finding, { layers }: PanelCatalog): readonly Place[] {
  const { layer, step, variant } = finding;
  const ids = layer === undefined ? finding.layers.slice(0, MAX_PLACES) : [layer];
  return ids.flatMap((id): readonly Place[] => {
    const name = layers[id]?.name;
    if (name === undefined) return [];
    return [
      {
        label: step === undefined ? name : t('{0}, step {1}', name, step),
        navigation: {
          to: 'record',
          layer: id,
          ...(step !== undefined && { step }),
          ...(variant !== undefined && { variant }),
        },
      },
    ];
  });
}

/** The first step of a finding, in a sentence; undefined if the finding is not about a step. */
export function sinceWords({ step, after }: Finding): string | undefined {
  if (step === undefined) return undefined;
  return after === undefined
    ? t('Step {0}, the first recorded one.', step)
    : t('Step {0}; not yet at step {1}, the recorded step before.', step, after);
}
