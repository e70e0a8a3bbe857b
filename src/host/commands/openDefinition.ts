import { commands, type ExtensionContext, Uri, window, workspace } from 'vscode';
import type { FindingKind } from '../../model/findings';
import { headingOf } from './findingHeading';

/** Pages of the extension, as documents: VS Code's preview cannot open files of an extension on every host. */
const SCHEME = 'normscope-docs';
const PAGE = 'findings.md';

/** Serves the documentation that is packaged with the extension. */
export function registerDocumentation({ extensionUri, subscriptions }: ExtensionContext): void {
  subscriptions.push(
    workspace.registerTextDocumentContentProvider(SCHEME, {
      provideTextDocumentContent: ({ path }) => readPage(extensionUri, path.slice(1)),
    }),
  );
}

/** Opens the definition of a kind of finding: the packaged page, which needs no network, at its heading. */
export async function openDefinition(extensionUri: Uri, kind: FindingKind): Promise<void> {
  const heading = headingOf(await readPage(extensionUri, PAGE), kind);
  const uri = Uri.from({ scheme: SCHEME, path: `/${PAGE}`, ...(heading && { fragment: heading }) });
  try {
    await commands.executeCommand('markdown.showPreview', uri);
  } catch {
    // The preview is an extension, which people can disable.
    await window.showTextDocument(await workspace.openTextDocument(uri.with({ fragment: '' })));
  }
}

async function readPage(extensionUri: Uri, name: string): Promise<string> {
  const bytes = await workspace.fs.readFile(Uri.joinPath(extensionUri, 'docs', name));
  return new TextDecoder().decode(bytes);
}
