import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LiveCatalog } from '../../../../src/model/liveCatalog';
import { type LiveRunSettings, openLiveRun } from '../../../../src/run/liveRun';
import { concatenated } from '../../../contract/dumpBytes';
import { recordBytes, varint, wireBytes } from '../../../fixtures/hostile/eventBytes';
import { growingFiles } from '../growingFiles';
import { type Files, npy, ROOT, safetensors, text } from '../memoryFiles';

const LAYERS = { 'net.fc1': [4, 8], 'net.bn': [4, 8] };
const WHOLE: LiveRunSettings = {
  appendFrom: Number.POSITIVE_INFINITY,
  sampleFrom: Number.POSITIVE_INFINITY,
  settling: 0,
  now: () => 0,
};
const APPENDED: LiveRunSettings = { ...WHOLE, appendFrom: 0 };

/** A file as the recorder writes it. */
function recorded(step: number, scalars: Readonly<Record<string, number | string>>): Files {
  const normscope = JSON.stringify({ step, scalars });
  return { [`step_${String(step).padStart(6, '0')}.safetensors`]: safetensors(LAYERS, { normscope }) };
}

/** TensorBoard's file of scalars: step, tag and value each. */
function events(...values: readonly (readonly [step: number, tag: string, value: number])[]): Uint8Array {
  const records = values.map(([step, tag, value]) => {
    const simple = new Uint8Array(new Float32Array([value]).buffer);
    const item = concatenated(wireBytes(1, text(tag)), Uint8Array.of(2 * 8 + 5), simple);
    return recordBytes(
      concatenated(Uint8Array.from([2 * 8, ...varint(BigInt(step))]), wireBytes(5, wireBytes(1, item))),
    );
  });
  return concatenated(...records);
}

const log = (time: number) => `events.out.tfevents.${time}.host`;

async function open(files: Files, settings = WHOLE) {
  const growing = growingFiles(files);
  const run = await openLiveRun(growing.fileSystem, [ROOT], {}, settings);
  const live = new LiveCatalog(run.catalog);
  return {
    growing,
    run,
    update: async (more: Files, isHinted = false) => {
      growing.write(more);
      const update = await run.update(
        isHinted ? Object.keys(more).map((path) => `${ROOT}/${path}`) : undefined,
      );
      if (update.kind === 'delta') live.apply(update.delta);
      if (update.kind !== 'reset') assert.deepEqual(live.current.scalars, run.catalog.scalars);
      assert.deepEqual(
        run.catalog.scalars?.names ?? [],
        run.curves.map(({ name }) => name),
      );
      return update.kind;
    },
  };
}

/** By name: `step: value`. */
function said({
  curves,
}: {
  readonly curves: readonly { name: string; steps: Float64Array; values: Float64Array }[];
}) {
  return Object.fromEntries(
    curves.map(({ name, steps, values }) => [
      name,
      [...steps].map((step, i) => `${step}: ${values[i]}`).join(', '),
    ]),
  );
}

describe('run: scalars', () => {
  it('are those that the recorder wrote into the files of the steps, NaN among them', async () => {
    const { run } = await open({
      ...recorded(0, { lr: 0.1, loss: 2.5 }),
      ...recorded(10, { loss: 'nan', lr: 0.1 }),
      ...recorded(20, { loss: '-inf' }),
    });
    assert.deepEqual(run.catalog.problems, []);
    assert.deepEqual(said(run), { loss: '0: 2.5, 10: NaN, 20: -Infinity', lr: '0: 0.1, 10: 0.1' });
    assert.deepEqual(run.catalog.scalars?.names, ['loss', 'lr']);
  });

  it('are single numbers with familiar names beside tensors, at the step of their file', async () => {
    const file = (value: number) =>
      safetensors(LAYERS, { loss: String(value), version: '3', 'val/acc': 'high' });
    const { run } = await open({ 'step_1/a.safetensors': file(0.5), 'step_2/a.safetensors': file(0.25) });
    assert.deepEqual(said(run), { loss: '1: 0.5, 2: 0.25' });
    assert.deepEqual(
      run.catalog.layers.map(({ fullName }) => fullName),
      Object.keys(LAYERS),
    );
  });

  it('of the first of several ranks count', async () => {
    const file = (rank: number) => {
      const normscope = JSON.stringify({ step: 5, rank, scalars: { loss: rank + 1 } });
      return safetensors(LAYERS, { normscope });
    };
    const { run } = await open({
      'step_000005_rank0.safetensors': file(0),
      'step_000005_rank1.safetensors': file(1),
    });
    assert.deepEqual(said(run), { loss: '5: 1' });
  });

  it('of TensorBoard beside dumps are read; a later writer replaces steps', async () => {
    const { run } = await open({
      ...recorded(0, {}),
      [log(1)]: events([0, 'train/loss', 3], [1, 'train/loss', 2], [2, 'train/loss', 1], [2, 'lr', 0.5]),
      [log(2)]: events([1, 'train/loss', 8], [4, 'train/loss', 4]),
    });
    assert.deepEqual(said(run), { 'train/loss': '0: 3, 1: 8, 4: 4', lr: '2: 0.5' });
    assert.deepEqual([run.catalog.problems, run.catalog.unrecognized], [[], []]);
    assert.deepEqual(run.catalog.steps, [0]);
  });

  it('that several folders have are distinguished by the folder', async () => {
    const { run } = await open({
      ...recorded(0, { loss: 1 }),
      [`logs/train/${log(1)}`]: events([0, 'loss', 2], [0, 'lr', 0.5]),
      [`logs/val/${log(1)}`]: events([0, 'loss', 3]),
    });
    assert.deepEqual(said(run), {
      loss: '0: 1',
      'logs/train/loss': '0: 2',
      'logs/val/loss': '0: 3',
      lr: '0: 0.5',
    });
  });

  it('of tables that normscope.json names are read, in its folder and below it', async () => {
    const scalarFiles = [
      { file: 'logs/metrics.csv', step: 'iter', columns: ['loss'] },
      { file: 'eval.jsonl' },
    ];
    const { run } = await open({
      'a/normscope.json': text(JSON.stringify({ scalarFiles })),
      'a/logs/metrics.csv': text('iter,loss,time\n0,2,17\n5,nan,18\n'),
      'a/eval.jsonl': text('{"step": 5, "val_loss": 1.5}\n'),
      'a/step_0.npy': npy([4, 3]),
    });
    assert.deepEqual(run.catalog.problems, []);
    assert.deepEqual(said(run), { loss: '0: 2, 5: NaN', val_loss: '5: 1.5' });
  });

  it('of a table that cannot be read are a problem, until it can', async () => {
    const sidecar = text(JSON.stringify({ scalarFiles: [{ file: 'metrics.csv' }] }));
    const { run, update } = await open({ 'normscope.json': sidecar, ...recorded(0, {}) });
    const problems = () => run.catalog.problems.map(({ code, path }) => `${code} ${path}`);
    assert.deepEqual(problems(), [`not-found ${ROOT}/metrics.csv`]);
    assert.equal(await update({ 'metrics.csv': text('time,loss\n0,1\n') }, true), 'delta');
    assert.deepEqual(problems(), [`malformed ${ROOT}/metrics.csv`]);
    assert.equal(await update({ 'metrics.csv': text('step,loss\n0,1\n') }, true), 'delta');
    assert.deepEqual([problems(), said(run)], [[], { loss: '0: 1' }]);
    assert.equal(await update({}), 'same');
  });

  it('of large logs come with the first update', async () => {
    const files = growingFiles({ ...recorded(0, { loss: 1 }), [log(1)]: events([0, 'train/loss', 3]) });
    const run = await openLiveRun(files.fileSystem, [ROOT], { scalarBytes: 20 }, WHOLE);
    assert.deepEqual(said(run), { loss: '0: 1' });
    const { kind } = await run.update([]);
    assert.deepEqual([kind, said(run)], ['delta', { loss: '0: 1', 'train/loss': '0: 3' }]);
    assert.equal((await run.update()).kind, 'same');
  });

  it('of a table that two documents name are read once', async () => {
    const scalarFiles = [{ file: 'm.csv' }, { file: './m.csv' }];
    const { run, update } = await open({
      'normscope.json': text(JSON.stringify({ scalarFiles })),
      'm.csv': text('step,x\n0,1\n'),
      ...recorded(0, {}),
    });
    assert.deepEqual(said(run), { x: '0: 1' });
    assert.equal(await update({}), 'same');
  });

  for (const [way, settings] of [
    ['read in whole', WHOLE],
    ['appended', APPENDED],
  ] as const) {
    it(`of a run that grows, ${way}, are those of a run that is opened at once`, async () => {
      const sidecar = { 'normscope.json': text(JSON.stringify({ scalarFiles: [{ file: 'm.csv' }] })) };
      const value = fc.constantFrom<number | string>(0.5, 2, 'nan', 7);
      const part = fc.oneof(
        fc.record({ kind: fc.constant('dump' as const), value }),
        fc.record({ kind: fc.constant('log' as const), step: fc.nat(9), value: fc.constantFrom(1, 2, 3) }),
        fc.record({ kind: fc.constant('table' as const), step: fc.nat(9), value }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(part, { maxLength: 8 }), fc.boolean(), async (parts, isHinted) => {
          const all: Record<string, Files[string]> = {
            ...sidecar,
            ...recorded(0, { loss: 9 }),
            'm.csv': text('step,x\n'),
          };
          const { run, update } = await open(all, settings);
          let table = 'step,x\n';
          let dumps = 1;
          for (const [at, each] of parts.entries()) {
            const more: Record<string, Files[string]> = {};
            if (each.kind === 'dump') Object.assign(more, recorded(dumps++, { loss: each.value }));
            else if (each.kind === 'log') more[log(at)] = events([each.step, 'loss2', each.value]);
            else {
              table += `${each.step},${each.value}\n`;
              more['m.csv'] = text(table);
            }
            Object.assign(all, more);
            await update(more, isHinted);
          }
          const { run: fresh } = await open(all);
          assert.deepEqual(said(run), said(fresh));
        }),
        { numRuns: 60 },
      );
    });
  }
});
