import { t } from '@vscode/l10n';
import { type Uri, window, workspace } from 'vscode';
import { DUMP_SUFFIXES } from '../../formats/dumpSuffixes';
import { STAYS_OPEN } from './dialogFocus';

/** Asks for folders or files first, because not every system has a dialog for both. */
export async function askForRun(): Promise<readonly Uri[]> {
  const folder = { label: `$(folder) ${t('Folder')}`, description: t('a folder of dumps'), files: false };
  const files = { label: `$(file) ${t('Files')}`, description: DUMP_SUFFIXES.join(', '), files: true };
  const choice = await window.showQuickPick([folder, files], {
    title: t('Open Activation Run'),
    placeHolder: t('Open a folder or individual files?'),
    ...STAYS_OPEN,
  });
  return choice === undefined ? [] : askForPaths(choice.files ? 'files' : 'folder', t('Open Run'));
}

/** Asks for a folder, or for files; empty if the dialog is dismissed. `label`: of its button. */
export async function askForPaths(kind: 'folder' | 'files', label: string): Promise<readonly Uri[]> {
  const areFiles = kind === 'files';
  const chosen = await window.showOpenDialog({
    canSelectFolders: !areFiles,
    canSelectFiles: areFiles,
    canSelectMany: areFiles,
    openLabel: label,
    ...(areFiles
      ? { filters: { [t('Activation dumps')]: DUMP_SUFFIXES.map((suffix) => suffix.slice(1)) } }
      : {}),
    ...(workspace.workspaceFolders?.[0] === undefined
      ? {}
      : { defaultUri: workspace.workspaceFolders[0].uri }),
  });
  return chosen ?? [];
}
