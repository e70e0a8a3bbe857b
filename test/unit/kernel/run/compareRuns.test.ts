import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FileSystem } from '../../../../src/io/fileSystem';
import { localFiles } from '../../../../src/io/localFiles';
import { kernelService } from '../../../../src/kernel/service';
import {
  type AnalysisOptions,
  DEFAULT_OPTIONS,
  METHODS,
  type RecordShift,
} from '../../../../src/model/analysis';
import type { RunCatalog } from '../../../../src/model/catalog';
import type { RecordComparison } from '../../../../src/model/comparison';
import { runKey } from '../../../../src/model/runKey';
import type { AnalyseProgress, KernelApi } from '../../../../src/protocol/kernelApi';
import { npyBytes, npyHeader } from '../../../contract/dumpBytes';
import { memoryFiles, ROOT } from '../../run/memoryFiles';

interface Divisions {
  readonly p: number;
  readonly floor: number;
}

/** By NumPy and SciPy: test/fixtures/comparison/make.py. */
const EXPECTED: readonly {
  readonly layer: string;
  readonly step: number;
  readonly w1: number;
  readonly ks: number;
  readonly meanShift: number;
  readonly logStdRatio: number;
  readonly halves: number;
  readonly seed: number;
  readonly divisions: { readonly samples: Divisions; readonly channels: Divisions };
}[] = JSON.parse(readFileSync('test/fixtures/comparison/runs/expected.json', 'utf8'));

const RUNS = 'test/fixtures/comparison/runs';
const rootsOf = (name: string) => [pathToFileURL(resolve(RUNS, name)).href];

const context = <T>(progress: (value: T) => void = () => {}, signal = new AbortController().signal) => ({
  signal,
  progress,
  transfer: () => {},
});

/** A kernel that has these runs open. */
async function kernelWith(fileSystem: FileSystem, ...roots: readonly (readonly string[])[]) {
  const service = kernelService(fileSystem);
  const catalogs: RunCatalog[] = [];
  for (const each of roots) {
    const early: RunCatalog['records'][number][] = [];
    const catalog = await service.openRun(
      { run: runKey(each), roots: each },
      context((progress) => {
        if ('records' in progress) early.push(...progress.records);
      }),
    );
    catalogs.push({ ...catalog, records: [...early, ...catalog.records] });
  }
  const [own] = roots;
  const run = runKey(own);
  return {
    service,
    catalogs,
    compare: async (options: AnalysisOptions, records?: readonly number[], signal?: AbortSignal) => {
      const found: RecordComparison[] = [];
      const params: KernelApi['compareRuns']['params'] = { run, options, ...(records && { records }) };
      await service.compareRuns(
        params,
        context((each: RecordComparison) => void found.push(each), signal),
      );
      return found;
    },
    shifts: async (options: AnalysisOptions) => {
      const found: RecordShift[] = [];
      const hear = (progress: AnalyseProgress) => {
        if (progress.kind === 'shift') found.push(progress.shift);
      };
      await service.analyse({ run, options }, context(hear));
      return found;
    },
  };
}

const measuredFrom = (roots: readonly string[], group?: readonly (readonly string[])[]): AnalysisOptions => ({
  ...DEFAULT_OPTIONS,
  reference: { roots, ...(group && { group }) },
});

function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not ${expected}`);
}

describe('a run measured from another', () => {
  it('has the distances that SciPy finds between the raw values, and the larger floor of both', async () => {
    const kernel = await kernelWith(localFiles(), rootsOf('here'), rootsOf('there'));
    const [here, there] = kernel.catalogs;
    const shifts = await kernel.shifts(measuredFrom(rootsOf('there')));
    for (const { layer, step, w1, ks, meanShift, logStdRatio, halves } of EXPECTED) {
      const found = shifts.find(({ record }) => {
        const entry = here.records[record];
        return entry.step === step && here.layers[entry.layer].name === layer;
      })!;
      const reference = there.records[found.reference];
      assert.deepEqual([reference.step, there.layers[reference.layer].name], [step, layer]);
      const where = `${layer} at step ${step}`;
      const raw = found.methods.none!;
      // README: the cells of the histograms are at most 1 % of a half-width wide.
      near(raw.w1, w1, 0.01, `${where} w1`);
      near(raw.ks, ks, 0.02, `${where} ks`);
      near(raw.meanShift, meanShift, 1e-6, `${where} meanShift`);
      near(raw.logStdRatio, logStdRatio, 1e-6, `${where} logStdRatio`);
      near(raw.noiseFloor!.w1, halves, 0.01, `${where} noise floor`);
    }
    assert.equal(shifts.length, EXPECTED.length);
  });

  it('has the distance of the reference from its seeds as its floor, if that is larger', async () => {
    const kernel = await kernelWith(localFiles(), rootsOf('here'), rootsOf('there'), rootsOf('seed'));
    const [here] = kernel.catalogs;
    const shifts = await kernel.shifts(measuredFrom(rootsOf('there'), [rootsOf('seed')]));
    let fromSeeds = 0;
    for (const { record, methods } of shifts) {
      const { layer, step } = here.records[record];
      const expected = EXPECTED.find((each) => each.layer === here.layers[layer].name && each.step === step)!;
      const floor = Math.max(expected.halves, expected.seed);
      near(methods.none!.noiseFloor!.w1, floor, 0.01, `${expected.layer} at step ${step}`);
      if (expected.seed > expected.halves) fromSeeds++;
    }
    assert.ok(fromSeeds > 0 && fromSeeds < EXPECTED.length);
  });

  it('is as far from it by chance as SciPy finds over divisions of samples and of channels', async () => {
    const kernel = await kernelWith(localFiles(), rootsOf('here'), rootsOf('there'));
    const [here] = kernel.catalogs;
    const comparisons = await kernel.compare(measuredFrom(rootsOf('there')));
    assert.equal(comparisons.length, EXPECTED.length);
    for (const { record, difference, chance } of comparisons) {
      const { layer, step } = here.records[record];
      const expected = EXPECTED.find((each) => each.layer === here.layers[layer].name && each.step === step)!;
      assert.equal(difference.kind, 'different');
      const { samples, channels } = expected.divisions;
      const unit = samples.p >= channels.p ? 'samples' : 'channels';
      const { p, floor } = expected.divisions[unit];
      const where = `${expected.layer} at step ${step}`;
      assert.equal(chance!.unit, unit, where);
      assert.equal(chance!.permutations, p > 0.15 ? 199 : chance!.permutations, where);
      // Three standard errors of the share of random divisions.
      near(chance!.p, p, 3 * Math.sqrt((p * (1 - p)) / chance!.permutations) + 0.01, `${where} p`);
      near(chance!.floor, floor, 0.12 * floor, `${where} floor`);
    }
  });

  it('with itself is equal to the bit, at a distance of 0', async () => {
    for (const reference of [rootsOf('here'), rootsOf('here').map((uri) => `${uri}/`)]) {
      const kernel = await kernelWith(localFiles(), rootsOf('here'), reference);
      const options = measuredFrom(reference);
      for (const { difference, chance } of await kernel.compare(options))
        assert.deepEqual([difference, chance], [{ kind: 'equal' }, undefined]);
      for (const { methods } of await kernel.shifts(options))
        for (const method of METHODS)
          for (const key of ['w1', 'w1Location', 'w1Scale', 'ks', 'js', 'meanShift', 'logStdRatio'] as const)
            assert.equal(methods[method]?.[key] ?? 0, 0, `${method} ${key}`);
    }
  });

  it('differs only where something was planted, and is told step by step', async () => {
    const files: Record<string, Uint8Array> = {};
    for (const run of ['a', 'b'])
      for (let step = 0; step < 4; step++)
        for (let layer = 0; layer < 3; layer++) {
          const isPlanted = run === 'a' && step === 2 && layer === 1;
          files[`${run}/step_${step}/layer_${layer}.npy`] = tensor(100 * step + 10 * layer, isPlanted);
        }
    const [a, b] = ['a', 'b'].map((name) => [`${ROOT}/${name}`]);
    const kernel = await kernelWith(memoryFiles(files), a, b);
    const [catalog] = kernel.catalogs;
    const found = await kernel.compare(measuredFrom(b));
    const places = found.map(({ record }) => [catalog.records[record].step, catalog.records[record].layer]);
    assert.deepEqual(
      places,
      [...places].sort(([s, l], [t, m]) => s - t || l - m),
    );
    assert.equal(places.length, 12);
    const different = found.filter(({ difference }) => difference.kind !== 'equal');
    assert.deepEqual(
      different.map(({ record, difference }) => [
        catalog.records[record].step,
        catalog.layers[catalog.records[record].layer].name,
        difference,
      ]),
      [[2, 'layer_1', { kind: 'different', elements: 1, of: 8, ulps: 1, first: [1, 1] }]],
    );
    assert.deepEqual(
      (await kernel.compare(measuredFrom(b), [different[0].record])).map(({ record }) => record),
      [different[0].record],
    );
  });

  it('cannot be measured from a run that is not open', async () => {
    const kernel = await kernelWith(localFiles(), rootsOf('here'));
    const isTagged = (error: { problem?: { code?: string } }) => error.problem?.code === 'reference';
    await assert.rejects(async () => kernel.compare(measuredFrom(rootsOf('there'))), isTagged);
    await assert.rejects(async () => kernel.shifts(measuredFrom(rootsOf('there'))), isTagged);
    const { service } = kernel;
    const request = { run: runKey(rootsOf('here')), options: measuredFrom(rootsOf('there')) };
    await assert.rejects(async () => service.methodSweep({ ...request, record: 0 }, context()), isTagged);
    await assert.rejects(
      async () => service.channels({ ...request, layer: 0, variant: 0, step: 0 }, context()),
      isTagged,
    );
  });

  it('is not compared any more after a cancellation', async () => {
    const kernel = await kernelWith(localFiles(), rootsOf('here'), rootsOf('there'));
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(kernel.compare(measuredFrom(rootsOf('there')), undefined, controller.signal), {
      name: 'AbortError',
    });
  });

  it('is charted with the distributions and channels of the other run', async () => {
    const kernel = await kernelWith(localFiles(), rootsOf('here'), rootsOf('there'));
    const { service, catalogs } = kernel;
    const [here, there] = catalogs;
    const run = runKey(rootsOf('here'));
    const options = measuredFrom(rootsOf('there'));
    const [record, reference] = [here, there].map(
      ({ records, layers }) => records.find(({ layer, step }) => layers[layer].name === 'fc' && step === 10)!,
    );
    const { methods } = await service.distributions(
      { run, options, record: record.id, reference: reference.id, bins: 40 },
      context(),
    );
    const alone = await service.distributions(
      {
        run: runKey(rootsOf('there')),
        options: DEFAULT_OPTIONS,
        record: reference.id,
        bins: 40,
        ranges: { none: rangeOf(methods.none.reference!) },
      },
      context(),
    );
    assert.deepEqual(methods.none.reference, alone.methods.none.current);
    const { w1 } = EXPECTED.find(({ layer, step }) => layer === 'fc' && step === 10)!;
    const sweep = await service.methodSweep({ run, options, record: record.id }, context());
    near(sweep.raw, w1, 0.01, 'raw shift of the sweep');
    const channels = await service.channels(
      { run, options, layer: record.layer, variant: 0, step: 10 },
      context(),
    );
    const own = await service.channels(
      { run, options: DEFAULT_OPTIONS, layer: record.layer, variant: 0, step: 10 },
      context(),
    );
    assert.deepEqual(channels!.mean, own!.mean);
    assert.notDeepEqual(channels!.shift, own!.shift);
    assert.ok(channels!.shift.every((each) => each > 0));
  });
});

const rangeOf = ({ min, max }: { min: number; max: number }) => ({ min, max });

/** Eight values; planted: the last but four is the next float32. */
function tensor(start: number, isPlanted: boolean): Uint8Array {
  const values = Float32Array.from({ length: 8 }, (_, i) => start + i + 0.5);
  if (isPlanted) new Int32Array(values.buffer)[3]++;
  return npyBytes(npyHeader('(4, 2)'), new Uint8Array(values.buffer));
}
