import { t } from '@vscode/l10n';
import type { Verdict } from '../../model/findings';

/** Title of a panel's tab, with the number of causes that were found: an editor's tab has no other badge. */
export function tabTitle(run: string, verdict: Verdict | undefined): string {
  if (verdict === undefined || verdict.severity === 'none') return t('Normscope: {0}', run);
  return verdict.severity === 'error'
    ? t('Normscope: {0} ⛔ {1}', run, verdict.causes)
    : t('Normscope: {0} ⚠ {1}', run, verdict.causes);
}
