import { t } from '@vscode/l10n';
import type { Verdict } from '../../model/findings';

/** A tab's title and the files in `media` of its icon: an editor's tab has no other place for a badge. */
export function tabBadge(
  run: string,
  verdict: Verdict | undefined,
): { readonly title: string; readonly light: string; readonly dark: string } {
  if (verdict === undefined || verdict.severity === 'none')
    return { title: t('Normscope: {0}', run), light: 'panel-light.svg', dark: 'panel-dark.svg' };
  const { severity, causes } = verdict;
  return {
    title: t('Normscope: {0} ({1})', run, causes),
    light: `panel-${severity}-light.svg`,
    dark: `panel-${severity}-dark.svg`,
  };
}
