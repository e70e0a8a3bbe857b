import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type GrammarRow, NAME_GRAMMAR } from '../../../../src/run/naming/nameGrammar';
import { recordsOf } from '../trees';
import { catalogOfFiles } from './runFiles';

const ROWS: readonly GrammarRow[] = Object.values(NAME_GRAMMAR);

/** The rows as the documentation has them. */
function table(): string {
  const code = (text: string) => `\`${text}\``;
  const lines = ROWS.map(({ spelling, files, records, asks }) =>
    [
      '',
      spelling,
      files.map(code).join(', '),
      `${records.map(code).join(', ')}${asks === undefined ? '' : ' (asked)'}`,
      '',
    ]
      .join(' | ')
      .trim(),
  );
  return ['| in a name | for example | is read as |', '| --- | --- | --- |', ...lines].join('\n');
}

describe('run: the grammar of names', () => {
  for (const { spelling, files, records, asks } of ROWS) {
    it(spelling, () => {
      const catalog = catalogOfFiles(files);
      assert.deepEqual([...recordsOf(catalog)].sort(), [...records].sort());
      assert.deepEqual(
        catalog.questions?.map(({ kind }) => kind),
        asks === undefined ? undefined : [asks],
      );
      assert.deepEqual([catalog.problems, catalog.unrecognized], [[], []]);
    });
  }

  it('counts by every word of a row', () => {
    for (const { words = [], files } of ROWS) {
      for (const word of words) {
        const tree = [0, 1].map((index) => `${word}_${index}/conv1.npy`);
        const { records, layers } = catalogOfFiles(tree);
        assert.equal(
          new Set(records.map(({ layer, step, variant }) => [layer, step, variant].join())).size,
          records.length,
        );
        assert.ok(
          layers.every(({ fullName }) => !fullName.includes(word)),
          `${word} of ${files[0]}`,
        );
      }
    }
  });

  it('is in the documentation, row by row', () => {
    assert.ok(readFileSync('docs/formats.md', 'utf8').includes(table()), table());
  });
});
