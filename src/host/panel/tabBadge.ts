import { t } from '@vscode/l10n';
import type { Verdict } from '../../model/findings';

/** The title of a tab and the files of its icon in `media`. The tab of an editor has no other place for a badge. */
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
