import { t } from '@vscode/l10n';
import { Uri, workspace } from 'vscode';

/** A name for a run until its catalog has one. */
export function titleOf(roots: readonly string[]): string {
  const first = roots[0];
  if (first === undefined) return '';
  const path = workspace.asRelativePath(Uri.parse(first));
  const name = path.split('/').at(-1) ?? path;
  return roots.length === 1 ? name : t('{0} and {1} more', name, roots.length - 1);
}
