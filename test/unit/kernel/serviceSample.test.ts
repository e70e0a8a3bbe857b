import assert from 'node:assert/strict';
import { kernelService } from '../../../src/kernel/service';
import { DEFAULT_OPTIONS } from '../../../src/model/analysis';
import type { RunCatalog } from '../../../src/model/catalog';
import { coarseToFine } from '../../../src/model/coarseToFine';
import type { AnalyseProgress, KernelApi } from '../../../src/protocol/kernelApi';
import { npyBytes, npyHeader } from '../../contract/dumpBytes';
import { type Files, memoryFiles, ROOT } from '../run/memoryFiles';

/** Enough for a sample, with 20 layers at each. */
const STEPS = 420;
/** The step that is read last. */
const LAST = coarseToFine(STEPS)[STEPS - 1];
const HEADER = npyHeader('(4, 2)');

/** Files of 20 layers at each step, whose values tell layer and step; `extra`: files of one step alone. */
function run(extra: Files = {}): Files {
  const files: Record<string, Uint8Array> = {};
  for (let step = 0; step < STEPS; step++)
    for (let layer = 0; layer < 20; layer++)
      files[`step_${step}/layer_${2 * layer}.npy`] = tensor(1000 * (layer + 1) + step);
  return { ...files, ...extra };
}

function tensor(mean: number): Uint8Array {
  const values = Float32Array.from({ length: 8 }, (_, i) => mean + (i % 2));
  return npyBytes(HEADER, new Uint8Array(values.buffer));
}

const context = <T>(progress: (value: T) => void) => ({
  signal: new AbortController().signal,
  progress,
  transfer: () => {},
});

type Service = ReturnType<typeof kernelService>;

/** Means of some records, by layer and step, as the service computes them. */
async function meansOf(service: Service, catalog: RunCatalog): Promise<ReadonlyMap<string, number>> {
  const some = catalog.records.filter((_, i) => i % 37 === 0);
  const means = new Map<string, number>();
  const hear = (progress: AnalyseProgress) => {
    if (progress.kind !== 'summary') return;
    const { methods, record } = progress.summary;
    const { layer, step } = catalog.records[record];
    means.set(
      `${catalog.layers[layer].name} ${step}`,
      'mean' in methods.none ? methods.none.mean : Number.NaN,
    );
  };
  await service.analyse(
    { run: ROOT, options: DEFAULT_OPTIONS, records: some.map(({ id }) => id) },
    context(hear),
  );
  assert.equal(means.size, some.length);
  return means;
}

/** Opens a run, and computes its sample while the others are listed. */
async function opened(files: Files) {
  const service = kernelService(memoryFiles(files));
  const records: RunCatalog['records'][number][] = [];
  let ofSample: Promise<ReadonlyMap<string, number>> | undefined;
  const hear = (progress: KernelApi['openRun']['progress']) => {
    if ('sample' in progress) ofSample = meansOf(service, progress.sample);
    if ('records' in progress) records.push(...progress.records);
  };
  const found = await service.openRun({ run: ROOT, roots: [ROOT] }, context(hear));
  const catalog = { ...found, records: [...records, ...found.records] };
  // The analysis of the sample goes on beside that of the whole.
  const [of, sample] = await Promise.all([meansOf(service, catalog), ofSample]);
  assert.ok(sample !== undefined);
  return { service, catalog, sample, of, again: await meansOf(service, catalog) };
}

function assertTold(means: ReadonlyMap<string, number>): void {
  for (const [place, mean] of means) {
    const [, number, step] = /_?(\d+) (\d+)$/u.exec(place) ?? [];
    assert.equal(mean, 1000 * (Number(number) / 2 + 1) + Number(step) + 0.5, place);
  }
}

describe('kernel: a run of which a sample is computed first', () => {
  it('has the same results where its ids stay', async () => {
    const { catalog, sample, of, again } = await opened(run());
    assert.equal(catalog.extendsSample, true);
    for (const means of [sample, of, again]) assertTold(means);
  });

  it('keeps its catalog while it is listed again', async () => {
    const { service, catalog } = await opened(run());
    let listing: Promise<unknown> | undefined;
    const hear = (progress: KernelApi['openRun']['progress']) => {
      assert.ok(!('sample' in progress));
      if ('files' in progress) listing ??= meansOf(service, catalog).then(assertTold);
    };
    await service.openRun({ run: ROOT, roots: [ROOT] }, context(hear));
    await listing;
    assert.notEqual(listing, undefined);
  });

  it('never takes results of the sample for those of others where ids change', async () => {
    const { catalog, sample, of, again } = await opened(
      run({ [`step_${LAST}/layer_1.npy`]: tensor(1500 + LAST) }),
    );
    assert.equal(catalog.extendsSample, undefined);
    for (const means of [sample, of, again]) assertTold(means);
  });
});
