import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { ArgumentError, parseArguments } from '../../../src/report/arguments';
import { formatReport } from '../../../src/report/format';
import { reportOf } from './reports';
import { REPORT_SCHEMA } from './schema';

const RUNS = 'test/fixtures/comparison/runs';

/** By NumPy and SciPy: test/fixtures/comparison/make.py. */
const EXPECTED: readonly { readonly layer: string; readonly step: number; readonly w1: number }[] =
  JSON.parse(readFileSync(`${RUNS}/expected.json`, 'utf8'));

const compared = (...argv: string[]) => reportOf(`${RUNS}/here`, '--compare', `${RUNS}/there`, ...argv);

describe('report of a comparison', () => {
  it('has a section, and the comparison of every step, as its schema says', async () => {
    const report = await compared('--compare', `${RUNS}/seed`);
    const json = JSON.parse(formatReport(report, 'json'));
    v.parse(REPORT_SCHEMA, json);
    const { comparison } = report;
    assert.equal(comparison?.other.name, 'there');
    assert.deepEqual(
      comparison?.group?.map(({ name }) => name),
      ['seed'],
    );
    assert.equal(comparison.records.compared, 4);
    assert.match(
      comparison.line,
      /^At step 0, 2 layers differ first: conv1, fc\. .* Above noise from step 10: conv1 is/,
    );
    for (const { layer, step, w1 } of EXPECTED) {
      const found = report.layers
        .find(({ name }) => name === layer)!
        .steps.find((each) => each.step === step)!;
      const raw = found.methods.none;
      assert.ok('shift' in raw && Math.abs(raw.shift!.w1 - w1) < 0.01);
      assert.deepEqual([raw.shift!.reference, found.comparison?.step], [step, step]);
      assert.equal(found.comparison?.difference.kind, 'different');
    }
  });

  it('of a run with itself says that it is equal to the bit', async () => {
    const report = await reportOf(`${RUNS}/here`, '--compare', `${RUNS}/here`);
    assert.equal(report.comparison?.line, 'All 4 records are equal to the bit.');
    assert.ok(
      report.layers.every(({ steps }) =>
        steps.every(({ comparison }) => comparison?.difference.kind === 'equal'),
      ),
    );
    assert.ok(report.findings.every(({ kind }) => kind !== 'runs-part'));
    assert.deepEqual(report.comparison.findings, { onlyHere: [], onlyThere: [] });
  });

  it('has a line and a table of layers in Markdown', async () => {
    const text = formatReport(await compared(), 'md');
    const section = text.slice(text.indexOf('## Comparison with `there`'), text.indexOf('## `conv1`'));
    assert.match(section, /^\*\*At step 0, 2 layers differ first: conv1, fc\./m);
    assert.match(section, /\| `conv1` \| `conv1` \| name \| step 0: \d+ of 1152, [\d.e+]+ ulps \|/);
    assert.match(section, /\| `fc` \| `fc` \| name \| step 0: 96 of 96/);
  });

  it('has columns in CSV, and none without a comparison', async () => {
    const [header, first] = formatReport(await compared(), 'csv').split('\r\n');
    assert.ok(header.endsWith(',otherStep,differing,ulps,chanceP,chanceFloor,chanceUnit'));
    assert.match(first, /,0,\d+,\d+,[\d.]+,[\d.]+,(samples|channels)$/);
    assert.equal(first.split(',').length, header.split(',').length);
    assert.ok(!formatReport(await reportOf(`${RUNS}/here`), 'csv').includes('chanceP'));
  });

  it('has one reference', () => {
    assert.throws(() => parseArguments(['a', '--compare', 'b', '--reference', 'first']), ArgumentError);
    const parsed = parseArguments(['a', '--compare', 'b', '--compare', 'c']);
    assert.ok(parsed !== 'help');
    assert.deepEqual(parsed.compare, ['b', 'c']);
  });
});
