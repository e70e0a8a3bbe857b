import { commands, type ExtensionContext, Uri, window, workspace } from 'vscode';
import type { FindingKind } from '../../model/findings';
import { findingSection } from './findingSection';

/** Pages of the extension, as documents: VS Code's preview cannot open files of an extension on every host. */
const SCHEME = 'normscope-docs';
const PAGE = 'findings.md';

/** Serves the documentation that is packaged with the extension. */
export function registerDocumentation({ extensionUri, subscriptions }: ExtensionContext): void {
  subscriptions.push(
    workspace.registerTextDocumentContentProvider(SCHEME, {
      provideTextDocumentContent: async ({ path, query }) => {
        const page = await readPage(extensionUri, path.slice(1));
        const section = query === '' ? undefined : findingSection(page, query);
        return section === undefined ? page : `${section.trimEnd()}\n\n---\n\n${page}`;
      },
    }),
  );
}

/**
 * Opens the definition of a kind of finding in the packaged page, which needs no network. The section comes first and the
 * whole page after it: VS Code's preview does not reliably scroll to a heading while it is loading.
 */
export async function openDefinition(kind: FindingKind): Promise<void> {
  const uri = Uri.from({ scheme: SCHEME, path: `/${PAGE}`, query: kind });
  try {
    await commands.executeCommand('markdown.showPreview', uri);
  } catch {
    // The preview is an extension, which people can disable.
    await window.showTextDocument(await workspace.openTextDocument(uri));
  }
}

async function readPage(extensionUri: Uri, name: string): Promise<string> {
  const bytes = await workspace.fs.readFile(Uri.joinPath(extensionUri, 'docs', name));
  return new TextDecoder().decode(bytes);
}
