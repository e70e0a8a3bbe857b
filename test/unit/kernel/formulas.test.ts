import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../../src/io/localFiles';
import { DEFAULT_OPTIONS } from '../../../src/model/analysis';
import type { Report } from '../../../src/report/report';
import { reportRun } from '../../../src/report/reportRun';

const FOLDER = resolve('test/fixtures/formulas');
const EXPECTED: {
  readonly classes: Readonly<Record<string, { formula: string | null; arithmetic?: string }>>;
  /** What the finding of a layer begins with; null where there is none. */
  readonly attributes: Readonly<Record<string, string | null>>;
} = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8'));

/** The report of a run that PyTorch made (test/fixtures/formulas/make.py). */
function reportOf(folder: string): Promise<Report> {
  const options = { options: DEFAULT_OPTIONS, layouts: new Map(), statistics: false };
  return reportRun(localFiles(), [pathToFileURL(`${FOLDER}/${folder}`).href], options);
}

const declaredIn = ({ findings }: Report) => findings.filter(({ kind }) => kind === 'declared');

describe('kernel: formulas of classes that people write by hand', () => {
  let report: Report;
  before(async () => {
    report = await reportOf('classes');
  });

  for (const [name, { formula, arithmetic }] of Object.entries(EXPECTED.classes)) {
    it(`${formula === null ? 'says that it does not know' : 'finds'} what ${name} computes`, () => {
      const found = report.layers.find((layer) => layer.fullName === name)?.formulas ?? [];
      assert.equal(found.length, 1);
      assert.equal(found[0].formula ?? null, formula);
      if (formula === null) assert.match(found[0].notes.join(' '), /^Not known: /u);
      if (arithmetic !== undefined) assert.ok(found[0].notes.includes(arithmetic), found[0].notes.join(' '));
    });
  }

  it('accuses none of them, since they do what their attributes say', () => {
    assert.deepEqual(
      declaredIn(report).map(({ evidence }) => evidence),
      [],
    );
  });
});

describe('kernel: attributes that classes carry', () => {
  let report: Report;
  before(async () => {
    report = await reportOf('attributes');
  });

  for (const [name, sentence] of Object.entries(EXPECTED.attributes)) {
    it(`${sentence === null ? 'agree with' : 'are contradicted by'} what ${name} computes`, () => {
      const found = declaredIn(report).filter(({ layer }) => layer === name);
      assert.deepEqual(
        found.map(({ severity, evidence }) => [severity, evidence.startsWith(sentence ?? '')]),
        sentence === null ? [] : [['warning', true]],
      );
    });
  }
});
