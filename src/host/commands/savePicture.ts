import { t } from '@vscode/l10n';
import { commands, type ExtensionContext, type QuickPickItem, Uri, window, workspace } from 'vscode';
import type { PictureRequest } from '../../protocol/panelApi';
import type { Panels } from '../panel/panels';
import { STAYS_OPEN } from './dialogFocus';

interface Kind extends QuickPickItem, Pick<PictureRequest, 'format' | 'colors'> {}

function kinds(): readonly Kind[] {
  return [
    { label: t('SVG, for print'), description: t('dark on white'), format: 'svg', colors: 'print' },
    { label: t('PNG, for print'), description: t('dark on white'), format: 'png', colors: 'print' },
    { label: t('SVG, in the theme'), description: t('the editor’s colors'), format: 'svg', colors: 'theme' },
    { label: t('PNG, in the theme'), description: t('the editor’s colors'), format: 'png', colors: 'theme' },
  ];
}

/** *Save Picture…*: writes a chart, a part of the panel, or a figure of a paper to a file. Resolves to the file. */
export async function savePicture({ extension }: ExtensionContext, panels: Panels): Promise<Uri | undefined> {
  const panel = panels.active();
  const choices = (await panel?.pictures()) ?? [];
  if (panel === undefined || choices.length === 0) {
    void window.showInformationMessage(
      t('Open an activation run, and save the picture when its charts are drawn.'),
    );
    return undefined;
  }
  const title = t('Save Picture');
  const chosen = await window.showQuickPick(
    choices.map(({ id, label, description }) => ({ id, label, description })),
    { title, placeHolder: t('Select what the picture shows'), ...STAYS_OPEN },
  );
  if (chosen === undefined) return undefined;
  const kind = await window.showQuickPick(kinds(), {
    title,
    placeHolder: t('Select a format and colors'),
    ...STAYS_OPEN,
  });
  if (kind === undefined) return undefined;
  const { format, colors } = kind;
  const { version } = extension.packageJSON as { version: string };
  const { bytes } = await panel.picture({ id: chosen.id, format, colors, version });
  const name = `${[panel.session.title, chosen.label].join('-').replace(/[^\p{L}\p{N}._-]+/gu, '-')}`.slice(
    0,
    80,
  );
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const uri = await window.showSaveDialog({
    title,
    filters: { [format.toUpperCase()]: [format] },
    ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, `${name}.${format}`) }),
  });
  if (uri === undefined) return undefined;
  await workspace.fs.writeFile(uri, bytes);
  const open = t('Open');
  void window
    .showInformationMessage(t('Picture written to {0}.', workspace.asRelativePath(uri)), open)
    .then((answer) => {
      if (answer === open) void commands.executeCommand('vscode.open', uri);
    });
  return uri;
}
