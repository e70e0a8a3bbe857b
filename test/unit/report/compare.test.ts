import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { ArgumentError, parseArguments } from '../../../src/report/arguments';
import { formatReport } from '../../../src/report/format';
import { reportRun } from '../../../src/report/reportRun';
import { npyBytes, npyHeader } from '../../contract/dumpBytes';
import { memoryFiles, ROOT, text } from '../run/memoryFiles';
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

  it('says of each layer and step what it was joined with, and why', async () => {
    const zeros = (step: number) =>
      npyBytes(npyHeader('(4, 2)'), new Uint8Array(new Float32Array(8).fill(step + 1).buffer));
    const sidecar = (layers: readonly string[]) =>
      text(
        JSON.stringify({
          layers: Object.fromEntries(layers.map((name) => [name, { module: 'torch.nn.Linear' }])),
        }),
      );
    const files: Record<string, Uint8Array> = {
      'a/normscope.json': sidecar(['old']),
      'b/normscope.json': sidecar(['new']),
    };
    for (const step of [0, 10]) {
      for (const layer of ['same', 'old', 'alone']) files[`a/step_${step}/${layer}.npy`] = zeros(step);
      for (const layer of ['same', 'new', 'other', 'third'])
        files[`b/step_${step + (step === 10 ? 2 : 0)}/${layer}.npy`] = zeros(step);
    }
    const parsed = parseArguments(['a']);
    assert.ok(parsed !== 'help');
    const options = { ...parsed.options, reference: { roots: [`${ROOT}/b`] } };
    const { comparison } = await reportRun(memoryFiles(files), [`${ROOT}/a`], { ...parsed, options });
    assert.deepEqual(comparison?.layers.map(({ layer, other, by }) => [layer, other, by]).sort(), [
      ['alone', undefined, undefined],
      ['old', 'new', 'order'],
      ['same', 'same', 'name'],
    ]);
    const reasons = new Map(comparison?.layers.map(({ layer, reason }) => [layer, reason]));
    assert.equal(reasons.get('same'), undefined);
    assert.match(reasons.get('old')!, /joined by its order among the layers of its type/);
    assert.match(reasons.get('alone')!, /No layer of the other run has its name/);
    assert.deepEqual(comparison?.onlyThere, ['other', 'third']);
    assert.deepEqual([comparison?.records.nearest, comparison?.records.alone], [2, 2]);
  });

  it('has one reference', () => {
    assert.throws(() => parseArguments(['a', '--compare', 'b', '--reference', 'first']), ArgumentError);
    const parsed = parseArguments(['a', '--compare', 'b', '--compare', 'c']);
    assert.ok(parsed !== 'help');
    assert.deepEqual(parsed.compare, ['b', 'c']);
  });
});
