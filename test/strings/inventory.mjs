/**
 * Lists every text that people read, one per line with its origin. Usage: npm run strings [-- --hard-coded]
 *
 * `--hard-coded` lists instead what cannot be translated: texts outside of `t`, and texts that are translated before the
 * language is known.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { messageOf, sourceFiles, sourceParser, translationCalls } from '../../media/l10n/sources.mjs';
import { runMain } from '../vscode/runMain.mjs';
import { ENGLISH, earlyTexts, hardCodedTexts } from './hardCoded.mjs';
import { pythonTexts } from './pythonTexts.mjs';

const WALKTHROUGH = 'media/walkthrough';
const RECORDER = 'media/recorder/normscope.py';
const SCHEMA = 'media/normscope.schema.json';
const MANIFEST = 'package.nls.json';

/** @typedef {[origin: string, text: string]} Entry */

/**
 * All descriptions in a JSON schema.
 *
 * @param {unknown} schema
 * @returns {string[]}
 */
function descriptions(schema) {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    /^(description|title|markdownDescription)$/.test(key) && typeof value === 'string'
      ? [value]
      : descriptions(value),
  );
}

/** @returns {Promise<Entry[]>} */
export async function inventory() {
  const parse = await sourceParser();
  const read = (/** @type {string} */ file) => readFileSync(file, 'utf8');
  /** @type {(file: string, texts: string[]) => Entry[]} */
  const from = (file, texts) => texts.map((text) => [file, text]);
  return [
    ...from(MANIFEST, Object.values(JSON.parse(read(MANIFEST)))),
    ...sourceFiles().flatMap((file) => from(file, translationCalls(parse(file)).map(messageOf))),
    ...readdirSync(WALKTHROUGH)
      .filter((name) => name.endsWith('.md'))
      .flatMap((name) =>
        from(`${WALKTHROUGH}/${name}`, read(`${WALKTHROUGH}/${name}`).split(/\n+/).filter(Boolean)),
      ),
    ...from(SCHEMA, descriptions(JSON.parse(read(SCHEMA)))),
    ...from(RECORDER, pythonTexts(read(RECORDER))),
  ];
}

/** @returns {Promise<Entry[]>} */
async function hardCoded() {
  const parse = await sourceParser();
  return sourceFiles()
    .filter((file) => !(file in ENGLISH))
    .flatMap((file) => {
      const root = parse(file);
      return [...hardCodedTexts(root), ...earlyTexts(root)].map(
        (text) => /** @type {Entry} */ ([file, text]),
      );
    });
}

await runMain(import.meta.url, async () => {
  const entries = process.argv.includes('--hard-coded') ? await hardCoded() : await inventory();
  for (const [origin, text] of entries) console.log(`${origin}\t${JSON.stringify(text)}`);
  console.log(`${entries.length} texts`);
});
