import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getL10nPseudoLocalized } from '@vscode/l10n-dev';
import { temporaryCopy } from '../vscode/temporaryCopy.mjs';

/** The language of accented English, by its name in VS Code. */
export const PSEUDO = 'qps-ploc';

/** The files of texts, without the language in their names. */
const TEXTS = ['package.nls', 'media/l10n/bundle.l10n'];

/**
 * @param {string} text
 * @returns {string} the text in accented English
 */
export function pseudo(text) {
  return String(getL10nPseudoLocalized({ text })['text']);
}

/**
 * Copies the extension as it was built, with texts in accented English: whatever is plain is hard-coded.
 *
 * @returns {Promise<string>} the folder of the copy
 */
export async function pseudoExtension() {
  const folder = temporaryCopy('media').replace(/media$/, '');
  for (const name of ['dist', 'package.json', 'package.nls.json'])
    cpSync(name, join(folder, name), { recursive: true });
  for (const name of TEXTS) {
    const english = JSON.parse(readFileSync(`${name}.json`, 'utf8'));
    writeFileSync(join(folder, `${name}.${PSEUDO}.json`), JSON.stringify(getL10nPseudoLocalized(english)));
  }
  return folder;
}
