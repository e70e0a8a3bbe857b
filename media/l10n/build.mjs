import { writeFileSync } from 'node:fs';
import { messageOf, sourceFiles, sourceParser, translationCalls } from './sources.mjs';

/** The texts in English, which translations start from: `bundle.l10n.de.json` beside it would be the German ones. */
const BUNDLE = 'media/l10n/bundle.l10n.json';

/**
 * All messages of the sources, sorted.
 *
 * @returns {Promise<string[]>}
 */
export async function messages() {
  const parse = await sourceParser();
  const found = sourceFiles().flatMap((file) => translationCalls(parse(file)).map(messageOf));
  return [...new Set(found)].sort();
}

/** Writes the English bundle, in the format of VS Code. */
export async function writeBundle() {
  const bundle = Object.fromEntries((await messages()).map((message) => [message, message]));
  writeFileSync(BUNDLE, `${JSON.stringify(bundle, undefined, 2)}\n`);
}
