import assert from 'node:assert/strict';
import { optionsFor } from '../../../../src/kernel/methods/recordOptions';
import { recordWork, type SketchJob } from '../../../../src/kernel/workers/recordWork';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { LayerEntry, RecordEntry } from '../../../../src/model/catalog';
import { npyBytes, npyHeader } from '../../../contract/dumpBytes';
import { memoryFiles, ROOT } from '../../run/memoryFiles';

/** Few values and many, few channels and many, whole samples and positions. */
const TENSORS: readonly (readonly [layout: string, shape: readonly number[]])[] = [
  ['NC', [8, 16]],
  ['NC', [16, 5000]],
  ['NCHW', [8, 16, 8, 8]],
  ['NLC', [8, 64, 64]],
  ['NCHW', [4, 64, 64, 64]],
];

const signal = new AbortController().signal;

/** Two tensors of each shape, whose values differ. */
function jobs(): readonly SketchJob[] {
  return TENSORS.flatMap(([layout, shape], i) =>
    [1, 2].map((scale) => {
      const layer = { layout, shape } as unknown as LayerEntry;
      const record = {
        shape,
        dtype: 'float32',
        tensor: '',
        file: `${ROOT}/${i}-${scale}.npy`,
      } as RecordEntry;
      const recordOptions = optionsFor(layer, shape, DEFAULT_OPTIONS);
      const statisticsKey = `${i} ${scale}`;
      return { record, recordOptions, withUnits: true, keeps: false, parameters: {}, statisticsKey };
    }),
  );
}

const FILES = memoryFiles(
  Object.fromEntries(
    TENSORS.flatMap(([, shape], i) =>
      [1, 2].map((scale) => {
        const size = shape.reduce((a, b) => a * b, 1);
        const values = Float32Array.from({ length: size }, (_, at) => scale * Math.sin(at * at + scale));
        const header = npyHeader(`(${shape.join(', ')})`);
        return [`${i}-${scale}.npy`, npyBytes(header, new Uint8Array(values.buffer))] as const;
      }),
    ),
  ),
);

describe('kernel: work whose statistics are not kept', () => {
  it('leaves nothing behind that could be derived from', async () => {
    const work = recordWork(FILES);
    const [job] = jobs();
    const [outcome] = await work.compute([job], signal);
    assert.equal('kept' in outcome && outcome.kept, 0);
    assert.equal(work.derive(job), undefined);
    const [kept] = await work.compute([{ ...job, keeps: true }], signal);
    assert.ok('kept' in kept && kept.kept > 0);
    assert.notEqual(work.derive(job), undefined);
  });

  it('computes sketches that later ones do not change, though they take the same memory', async () => {
    const work = recordWork(FILES);
    const alone: unknown[] = [];
    for (const job of jobs()) alone.push(...structuredClone(await work.compute([job], signal)));
    const together = await work.compute(jobs(), signal);
    assert.deepEqual(together, alone);
  });
});
