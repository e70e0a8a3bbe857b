import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../../src/report/report';
import { npyBytes, npyHeader } from '../../contract/dumpBytes';
import { reportOf, torchRun } from './reports';

describe('report command', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'normscope-report-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const report = (...argv: string[]): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, ['out/test/dist/report.js', ...argv], { encoding: 'utf8' });

  it('writes JSON alone to standard output, progress to standard error, and exits with 0', async () => {
    const { status, stdout, stderr } = report(torchRun('npz'), '--statistics', '--groups', '4');
    assert.deepEqual([status, stderr], [0, '12 of 12 records\n']);
    const expected = await reportOf(torchRun('npz'), '--statistics', '--groups', '4');
    assert.deepEqual(JSON.parse(stdout), JSON.parse(JSON.stringify(expected)));
  });

  for (const [format, start] of [
    ['json', '{'],
    ['csv', 'layer,layout,dtype,step,'],
    ['md', '# Normscope report: `npz`\n'],
  ]) {
    it(`--out writes ${format} to a file, and nothing to standard output`, () => {
      const out = join(folder, `out.${format}`);
      const { status, stdout } = report(torchRun('npz'), '--format', format, '--out', out);
      assert.deepEqual([status, stdout], [0, '']);
      assert.ok(readFileSync(out, 'utf8').startsWith(start));
    });
  }

  it('computes a large run in workers, with the same figures', async () => {
    const run = join(folder, 'large');
    mkdirSync(run);
    for (const step of [0, 1, 2]) {
      const values = new Float32Array(1 << 20).map((_, i) => Math.fround(Math.sin(i * i) + step / 8));
      writeFileSync(
        join(run, `fc_step${step}.npy`),
        npyBytes(npyHeader(`(4096, 256)`), new Uint8Array(values.buffer)),
      );
    }
    const { status, stdout } = report(run);
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(stdout), JSON.parse(JSON.stringify(await reportOf(run))));
  });

  it('exits with 1 if a file is broken: names it and reports the rest', () => {
    const run = join(folder, 'cut');
    cpSync(torchRun('safetensors'), run, { recursive: true });
    truncateSync(join(run, 'step_000050.safetensors'), 9000);
    const { status, stdout, stderr } = report(run);
    const { problems, layers }: Report = JSON.parse(stdout);
    assert.equal(status, 1);
    assert.ok(problems.length > 0);
    for (const { code, path, message } of problems) {
      assert.match(code, /^(truncated|malformed)$/);
      assert.match(path, /\/cut\/step_000050\.safetensors$/);
      assert.ok(stderr.includes(`step_000050.safetensors`) && stderr.includes(message));
    }
    assert.deepEqual(layers.map(({ name }) => name).sort(), ['conv', 'encoder', 'fc', 'relu']);
    for (const { steps } of layers) {
      const whole = steps.map(({ step }) => step).filter((step) => step !== 50);
      assert.deepEqual(whole, [0, 200]);
    }
  });

  it('exits with 1 if a tensor is truncated inside a file with a complete header', () => {
    const run = join(folder, 'cut-npy');
    cpSync(torchRun('npy'), run, { recursive: true });
    truncateSync(join(run, 'step_000050', 'fc.npy'), 4000);
    const { status, stdout } = report(run);
    const { problems, layers }: Report = JSON.parse(stdout);
    assert.equal(status, 1);
    assert.deepEqual(
      problems.map(({ path }) => path.split('/').slice(-2).join('/')),
      ['step_000050/fc.npy'],
    );
    assert.deepEqual(layers.map(({ name, steps }) => [name, steps.map(({ step }) => step).join()]).sort(), [
      ['conv', '0,50,200'],
      ['encoder', '0,50,200'],
      ['fc', '0,200'],
      ['relu', '0,50,200'],
    ]);
  });

  it('exits with 1 if a path does not exist, and reports the others', () => {
    const { status, stdout, stderr } = report(torchRun('npz'), join(folder, 'nowhere'));
    const { problems, layers }: Report = JSON.parse(stdout);
    assert.equal(status, 1);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['not-found'],
    );
    assert.equal(layers.length, 4);
    assert.match(stderr, /nowhere: The file or folder does not exist/);
  });

  it('exits with 1, with one line and no stack, if the report cannot be written', () => {
    const { status, stdout, stderr } = report(torchRun('npz'), '--out', join(folder, 'no', 'such', 'folder'));
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /no such file or directory/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  const wrong: [string, readonly string[], RegExp][] = [
    ['no path', [], /Missing PATH/],
    ['an unknown flag', [torchRun('npz'), '--statistic'], /--statistic/],
    ['a wrong value', [torchRun('npz'), '--groups', 'x'], /--groups x/],
    [
      'a layout for a layer that the run lacks',
      [torchRun('npz'), '--layout', 'conv9=NCHW'],
      /--layout conv9=NCHW: the run has no such layer\. It has: conv, relu, encoder, fc\./,
    ],
    [
      'a reference step that the run lacks',
      [torchRun('npz'), '--reference', '51'],
      /--reference 51: the run has no such step\. It has: 0, 50, 200\./,
    ],
  ];
  for (const [name, argv, message] of wrong) {
    it(`exits with 2 on ${name}: explains the error and the usage`, () => {
      const { status, stdout, stderr } = report(...argv);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, message);
      assert.match(stderr, /\nUsage: npm run --silent report -- PATH/);
    });
  }

  it('--help goes to standard output and exits with 0', () => {
    const { status, stdout, stderr } = report('--help');
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^Usage: /);
  });
});
