import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../../src/io/localFiles';
import { DEFAULT_OPTIONS } from '../../../src/model/analysis';
import type { Report } from '../../../src/report/report';
import { reportRun } from '../../../src/report/reportRun';

const FOLDER = resolve('test/fixtures/formulas');
const EXPECTED: Readonly<Record<string, { formula: string | null; arithmetic?: string }>> = JSON.parse(
  readFileSync(`${FOLDER}/expected.json`, 'utf8'),
);

describe('kernel: formulas of classes that people write by hand', () => {
  let report: Report;
  before(async () => {
    report = await reportRun(localFiles(), [pathToFileURL(`${FOLDER}/classes`).href], {
      options: DEFAULT_OPTIONS,
      layouts: new Map(),
      statistics: false,
    });
  });

  for (const [name, { formula, arithmetic }] of Object.entries(EXPECTED)) {
    it(`${formula === null ? 'says that it does not know' : 'finds'} what ${name} computes`, () => {
      const found = report.layers.find((layer) => layer.fullName === name)?.formulas ?? [];
      assert.equal(found.length, 1);
      assert.equal(found[0].formula ?? null, formula);
      if (formula === null) assert.match(found[0].notes.join(' '), /^Not known: /u);
      if (arithmetic !== undefined) assert.ok(found[0].notes.includes(arithmetic), found[0].notes.join(' '));
    });
  }

  it('accuses none of them, since they do what their attributes say', () => {
    const declared = report.findings.filter(({ kind }) => kind === 'declared');
    assert.deepEqual(
      declared.map(({ evidence }) => evidence),
      [],
    );
  });
});
