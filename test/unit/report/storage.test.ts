import assert from 'node:assert/strict';
import { findingsOf } from '../../../src/findings/findings';
import type { RecordShift, RecordSummary } from '../../../src/model/analysis';
import { DEFAULT_OPTIONS } from '../../../src/model/analysis';
import type { RunCatalog } from '../../../src/model/catalog';
import type { LayerCheck } from '../../../src/model/check';
import { withConsequences } from '../../../src/model/findings';
import type { Formula } from '../../../src/model/formula';
import type { Storage } from '../../../src/model/storage';
import { formatReport } from '../../../src/report/format';
import type { Report } from '../../../src/report/report';
import { reportRun } from '../../../src/report/reportRun';
import { memoryFiles, ROOT } from '../run/memoryFiles';

const BATCH_NORM: Formula = {
  statistics: 'input',
  units: { axes: [0] },
  centered: true,
  moment: 'variance',
  divisor: 'n',
  place: 'inside',
  epsilon: 1e-5,
  scale: 'gamma',
  shift: true,
  affineAxes: [1],
};

interface Stored {
  readonly dtype: 'F32' | 'F16' | 'BF16';
  readonly shape: readonly number[];
  /** Rounded to zero in a two-byte type: give values that it holds. */
  readonly values: readonly number[];
  readonly note?: Readonly<Record<string, unknown>>;
}

function bytesOf({ dtype, values }: Stored): Uint8Array {
  const floats = Float32Array.from(values);
  if (dtype === 'F32') return new Uint8Array(floats.buffer);
  const words = Uint16Array.from(new Uint32Array(floats.buffer), (bits) => {
    if (dtype === 'BF16') return bits >>> 16;
    const exponent = ((bits >>> 23) & 255) - 112;
    const sign = (bits >>> 16) & 0x8000;
    return exponent <= 0 ? sign : sign | (Math.min(exponent, 31) << 10) | ((bits >>> 13) & 1023);
  });
  return new Uint8Array(words.buffer);
}

/** A step's file as the recorder writes it. */
function file(tensors: Readonly<Record<string, Stored>>, about: Readonly<Record<string, unknown>> = {}) {
  const notes = Object.fromEntries(
    Object.entries(tensors).map(([name, { note }]) => [name, { layer: name, ...note }]),
  );
  const header: Record<string, unknown> = {
    __metadata__: { normscope: JSON.stringify({ tensors: notes, ...about }) },
  };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, stored] of Object.entries(tensors)) {
    const bytes = bytesOf(stored);
    header[name] = {
      dtype: stored.dtype,
      shape: stored.shape,
      data_offsets: [offset, offset + bytes.length],
    };
    parts.push(bytes);
    offset += bytes.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return Uint8Array.from([length, json, ...parts].flatMap((part) => [...part]));
}

async function reportOn(files: Readonly<Record<string, Uint8Array>>): Promise<Report> {
  const options = { options: DEFAULT_OPTIONS, layouts: new Map<string, string>(), statistics: false };
  return reportRun(memoryFiles(files), [ROOT], options);
}

async function reportOf(stored: Omit<Stored, 'shape'>): Promise<Report> {
  const shape = [stored.values.length / 2, 2];
  return reportOn({ 'step_000000.safetensors': file({ layer: { ...stored, shape } }) });
}

/** Two channels next to each other. */
const channels = (first: (i: number) => number, second: (i: number) => number) =>
  Array.from({ length: 256 }, (_, i) => (i % 2 === 0 ? first(i >> 1) : second(i >> 1)));

const kinds = ({ findings }: Report) => findings.map(({ kind }) => kind);
const wave = (i: number) => ((i * 7) % 16) / 8 - 1;

describe('report: losses by storage', () => {
  it('stands in every format, by the recorder’s word', async () => {
    const note = { dtype: 'float32', storageError: 0.312 };
    const report = await reportOf({ dtype: 'BF16', values: channels(wave, () => 300), note });
    const [layer] = report.layers;
    const [step] = layer.steps;
    assert.deepEqual([step.dtype, step.storedFrom, step.storageError], ['bfloat16', 'float32', 0.312]);
    const sentence =
      'The recorder stored float32 values as bfloat16. Rounding changes values by up to 0.31 σ of their channel, so the distributions are not resolved and findings do not use them. Record with dtype="auto" or "float32".';
    assert.equal(layer.storage, sentence);
    assert.ok(formatReport(report, 'md').includes(sentence));
    assert.match(formatReport(report, 'csv'), /,float32,0\.312,\r\n/u);
    assert.deepEqual(kinds(report), []);
  });

  it('is not reported if it is small', async () => {
    const note = { dtype: 'float32', storageError: 0.004 };
    const report = await reportOf({ dtype: 'F16', values: channels(wave, () => 300), note });
    assert.equal(report.layers[0].storage, undefined);
    assert.equal(report.layers[0].steps[0].storageError, 0.004);
    // What the recorder vouches for is a finding.
    assert.deepEqual(kinds(report), ['dead-channels']);
  });

  it('follows from the stored moments if the recorder does not state it', async () => {
    const older = (mean: number) =>
      reportOf({
        dtype: 'BF16',
        values: channels(wave, (i) => mean + 2 * wave(i)),
        note: { dtype: 'float32' },
      });
    const errors = await Promise.all([0, 64, 4096].map(older));
    const [near, far, farther] = errors.map((report) => report.layers[0].steps[0].storageError!);
    assert.ok(near > 2 ** -9 && near < 0.008, String(near));
    assert.ok(far > 0.2 && far < 0.25, String(far));
    assert.equal(farther, 1);
    assert.deepEqual(errors.map(kinds), [[], [], []]);
    assert.match(
      errors[2].layers[0].storage ?? '',
      /Rounding changes values by 1 σ of their channel or more/u,
    );
  });

  it('is nothing if the tensor had that type itself', async () => {
    for (const note of [{}, { dtype: 'bfloat16' }, { dtype: 'float16', storageError: undefined }]) {
      const report = await reportOf({ dtype: 'BF16', values: channels(wave, () => 300), note });
      const { storageError } = report.layers[0].steps[0];
      if (note.dtype === 'float16') assert.equal(storageError, 1);
      else assert.deepEqual([storageError, kinds(report)], [undefined, ['dead-channels']]);
    }
  });

  it('leaves channels that are 0 a finding', async () => {
    const note = { dtype: 'float32', storageError: 40 };
    const report = await reportOf({
      dtype: 'BF16',
      values: channels(
        (i) => 300 + 2 * i,
        () => 0,
      ),
      note,
    });
    assert.deepEqual(kinds(report), ['dead-channels']);
  });

  it('an infinity from storage is not a finding', async () => {
    const infinite = channels(wave, (i) => (i < 2 ? Number.POSITIVE_INFINITY : wave(i)));
    const found = async (note: Record<string, unknown>, dtype: 'F16' | 'BF16' = 'F16') =>
      (await reportOf({ dtype, values: infinite, note })).findings.map(({ evidence }) => evidence);
    const noted = { dtype: 'float32', storageError: 0.001 };
    assert.deepEqual(await found({ ...noted, overflowed: 2 }), []);
    assert.deepEqual(await found({ ...noted, overflowed: 1 }), [
      '1 infinite of 256 values. float16 holds values up to 65,504. No other layer has any.',
    ]);
    assert.deepEqual(await found(noted), [
      '2 infinite of 256 values, the first at [0, 1]. float16 holds values up to 65,504. No other layer has any.',
    ]);
    // Older recorders do not count: only what the types tell is known.
    assert.deepEqual(await found({ dtype: 'float32' }), []);
    assert.equal((await found({ dtype: 'float32' }, 'BF16')).length, 1);
    assert.deepEqual(await found({ dtype: 'float64' }, 'BF16'), []);
    const { layers } = await reportOf({
      dtype: 'F16',
      values: infinite,
      note: { ...noted, overflowed: 2 },
    });
    assert.equal(
      layers[0].storage,
      'The recorder stored float32 values as float16. 2 values are outside the range of float16 and infinite only in the file. Record with dtype="auto" or "float32".',
    );
  });

  it('prevents every finding on an unresolved record', () => {
    const entry = { dtype: 'bfloat16' as const, shape: [64, 2], file: 'file:///a' };
    const catalog: RunCatalog = {
      roots: [],
      name: 'run',
      layers: ['in', 'bn'].map((name, id) => ({
        ...{ id, name, fullName: name, layout: 'NC', layoutGuessed: false, steps: [0, 10] },
        ...{ dtype: 'bfloat16' as const, shape: [64, 2], module: 'torch.nn.BatchNorm1d' },
        ...(id === 0 ? { normalizedBy: 1 } : { input: 0 }),
      })),
      steps: [0, 10],
      variants: [{}],
      records: [0, 1].flatMap((layer) =>
        [0, 10].map((step, i) => ({
          ...entry,
          ...{ id: 2 * layer + i, layer, step, variant: 0, tensor: `${layer}` },
        })),
      ),
      problems: [],
      unrecognized: [],
    };
    const found = (storage: Storage | undefined) => {
      const summary = {
        epsilon: 1e-5,
        channelHealth: { channels: 2, zero: [], constant: [0], collapsed: 1 },
        methods: { none: { variance: 1 } },
        ...(storage && { storage }),
      };
      const metrics = { w1: 3, noiseFloor: { w1: 0.1 } };
      const check: LayerCheck = {
        ...{ record: 3, compared: 128, beyond: 100, greatest: 1, ofBound: 50 },
        fit: { kind: 'none' },
        mismatch: { kind: 'unexplained', declared: { by: 'class', formula: BATCH_NORM } },
      };
      return findingsOf({
        catalog,
        summaries: new Map(
          [0, 1, 2, 3].map((record) => [
            record,
            // The output itself lost nothing; the tensor that it is compared with did.
            { ...summary, record, ...(record === 3 && { storage: undefined }) } as unknown as RecordSummary,
          ]),
        ),
        shifts: new Map([
          [1, { record: 1, reference: 0, methods: { none: metrics } } as unknown as RecordShift],
        ]),
        checks: new Map([[3, check]]),
        isComplete: true,
      })
        .flatMap(withConsequences)
        .map(({ kind, layer, layers = [layer] }) => `${kind} ${layers}`);
    };
    const lost: Storage = { dtype: 'bfloat16', from: 'float32', error: 0.2 };
    assert.deepEqual(found({ ...lost, error: 0.05 }).sort(), [
      'collapsed 0',
      'dead-channels 0,1',
      'declared 1',
      'moved-first 0',
    ]);
    assert.deepEqual(found(lost), []);
  });

  it('of ranks that stored different types leaves them together, exactly', async () => {
    const values = channels(wave, (i) => 64 * wave(i));
    const ranks = { F16: 'float16', F32: 'float32', BF16: 'bfloat16' } as const;
    const files = Object.keys(ranks).map((dtype, rank) => {
      const note = dtype === 'F32' ? {} : { dtype: 'float32', storageError: 0.001 * (rank + 1) };
      const stored = { dtype: dtype as keyof typeof ranks, shape: [128, 2], values, note };
      return [`step_000000_rank${rank}.safetensors`, file({ layer: stored }, { step: 0, rank })] as const;
    });
    const report = await reportOn(Object.fromEntries(files));
    assert.deepEqual(report.problems, []);
    const [together, ...each] = report.layers[0].steps;
    assert.deepEqual([together.ranks, together.shape, together.dtype], [[0, 1, 2], [384, 2], 'float32']);
    assert.equal(together.storageError, 0.003);
    assert.deepEqual(
      each.map(({ dtype }) => dtype),
      Object.values(ranks),
    );
    for (const { methods } of each) {
      assert.ok(!('undefined' in methods.batch) && !('undefined' in together.methods.batch));
      for (const key of ['mean', 'variance', 'min', 'max'] as const)
        assert.ok(Math.abs(methods.batch[key] - together.methods.batch[key]) < 1e-12, key);
    }
  });
});
