import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Copies the font of icons and its style sheet from their package to `folder`, beside the webview's bundle. */
export async function copyCodicons(folder) {
  await mkdir(folder, { recursive: true });
  for (const file of ['codicon.css', 'codicon.ttf']) {
    await copyFile(join('node_modules/@vscode/codicons/dist', file), join(folder, file));
  }
}
