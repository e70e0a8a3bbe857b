import { t } from '@vscode/l10n';
import { window } from 'vscode';
import type { Session } from '../session/session';
import { STAYS_OPEN } from './dialogFocus';

/** Asks which scalars of a run to show above its map; null if the dialog is dismissed. */
export async function chooseScalars(
  { catalog }: Session,
  shown: readonly string[],
): Promise<readonly string[] | null> {
  const items = (catalog?.scalars?.names ?? []).map((label) => ({ label, picked: shown.includes(label) }));
  const chosen = await window.showQuickPick(items, {
    title: t('Scalars above the Map'),
    placeHolder: t('Select the scalars to show'),
    canPickMany: true,
    ...STAYS_OPEN,
  });
  return chosen === undefined ? null : chosen.map(({ label }) => label);
}
