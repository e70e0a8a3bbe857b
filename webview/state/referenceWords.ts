import { t } from '@vscode/l10n';
import type { RecordPlace } from '../../src/model/catalog';
import { selectOther } from './otherRun';
import type { RunData } from './runData';
import type { Selection } from './selection';

/** What the shift of the record in view is measured from, such as "step 0" or "seed 2, step 40"; undefined for nothing. */
export function referenceWords({
  reference,
  other,
}: Pick<Selection, 'reference' | 'other'>): string | undefined {
  if (reference === undefined) return undefined;
  return other === undefined ? t('step {0}', reference.step) : t('{0}, step {1}', other.name, reference.step);
}

/** Which steps of two runs are compared, if they are not the same. */
export function otherStepWords({ record, reference, other }: Selection): string | undefined {
  if (other === undefined || reference === undefined || reference.step === record.step) return undefined;
  return t('Step {0} is compared with step {1}, the nearest there.', record.step, reference.step);
}

/** What any record of the run is compared with in the other run; undefined for nothing. */
export function comparedWith({ other, roots }: RunData, record: RecordPlace): string | undefined {
  const found = selectOther(other, roots, record);
  return found && referenceWords({ reference: found.joined?.record, other: found });
}
