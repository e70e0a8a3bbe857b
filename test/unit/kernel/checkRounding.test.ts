import assert from 'node:assert/strict';
import { checkRun } from '../../../src/kernel/check/checkRun';
import { openFiles } from '../../../src/kernel/tensor/openFiles';
import { DEFAULT_OPTIONS } from '../../../src/model/analysis';
import type { LayerCheck } from '../../../src/model/check';
import { openRun } from '../../../src/run/openRun';
import { memoryFiles, ROOT, text } from '../run/memoryFiles';
import { normalValues } from './arrays';

const { fround } = Math;
const FEATURES = 4;

/** A normalization layer with what went in and what came out, both of the same extents. */
interface Recorded {
  readonly module: string;
  readonly epsilon: number;
  readonly groups?: number;
  readonly shape: readonly number[];
  readonly input: ArrayLike<number>;
  readonly output: ArrayLike<number>;
  readonly training?: boolean;
  readonly parameters?: Readonly<Record<string, ArrayLike<number>>>;
  readonly dtype?: 'F64' | 'F32' | 'BF16';
}

const WIDTHS = { F64: 8, F32: 4, BF16: 2 };

function bytesOf(values: ArrayLike<number>, dtype: keyof typeof WIDTHS): Uint8Array {
  if (dtype === 'F64') return new Uint8Array(Float64Array.from(values).buffer);
  const single = Float32Array.from(values);
  if (dtype === 'F32') return new Uint8Array(single.buffer);
  const bits = new Uint32Array(single.buffer);
  // To nearest, ties to even.
  return new Uint8Array(
    Uint16Array.from(bits, (each) => (each + 0x7fff + ((each >>> 16) & 1)) >>> 16).buffer,
  );
}

/** A run of one step that holds the layers, as the recorder writes it. */
function runOf(layers: Readonly<Record<string, Recorded>>) {
  const header: Record<string, unknown> = {};
  const chunks: Uint8Array[] = [];
  const note = { step: 0, tensors: {} as Record<string, unknown>, parameters: {} as Record<string, unknown> };
  const sidecar: Record<string, unknown> = {};
  let end = 0;
  const put = (
    name: string,
    values: ArrayLike<number>,
    shape: readonly number[],
    dtype: keyof typeof WIDTHS,
  ) => {
    const bytes = bytesOf(values, dtype);
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
    chunks.push(bytes);
  };
  for (const [name, layer] of Object.entries(layers)) {
    const { module, epsilon, groups, shape, training = true, dtype = 'F32' } = layer;
    const input = `${name}.input`;
    put(input, layer.input, shape, dtype);
    put(name, layer.output, shape, dtype);
    note.tensors[input] = { layer: input, training };
    note.tensors[name] = { layer: name, training, input };
    for (const [role, values] of Object.entries(layer.parameters ?? {})) {
      put(`${name}.${role}`, values, [values.length], 'F32');
      note.parameters[`${name}.${role}`] = { layer: name, role };
    }
    const layout = shape.length === 2 ? 'NC' : 'NCHW';
    sidecar[input] = { layout };
    sidecar[name] = { module: `torch.nn.${module}`, epsilon, layout, input, ...(groups && { groups }) };
  }
  const json = Buffer.from(JSON.stringify({ ...header, __metadata__: { normscope: JSON.stringify(note) } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return memoryFiles({
    'step_000000.safetensors': new Uint8Array(Buffer.concat([length, json, ...chunks])),
    'normscope.json': text(JSON.stringify({ schema: 'normscope-run/1', layers: sidecar })),
  });
}

async function checksOf(layers: Readonly<Record<string, Recorded>>): Promise<Map<string, LayerCheck>> {
  const fileSystem = runOf(layers);
  const catalog = await openRun(fileSystem, [ROOT]);
  assert.deepEqual(catalog.problems, []);
  const files = openFiles(fileSystem);
  const checks = new Map<string, LayerCheck>();
  const { signal } = new AbortController();
  await checkRun(files, catalog, DEFAULT_OPTIONS, new Map(), signal, (check) =>
    checks.set(catalog.layers[catalog.records[check.record].layer].fullName, check),
  );
  await files.closeAll();
  return checks;
}

const DATA: Readonly<Record<string, (count: number) => ArrayLike<number>>> = {
  normal: (count) => normalValues(count, 11),
  'two levels': (count) => normalValues(count, 12).map((each) => (each < 0.5 ? 0 : 0.1)),
  'few levels': (count) => normalValues(count, 13).map((each) => Math.round(each * 20) / 255),
};

/** Of [samples, FEATURES]; the mean is `ratio` deviations. */
function inputOf(data: string, samples: number, ratio: number, deviation = 1): Float64Array {
  const raw = Float64Array.from(DATA[data](samples * FEATURES));
  const mean = raw.reduce((a, b) => a + b, 0) / raw.length;
  const spread = Math.sqrt(raw.reduce((a, b) => a + (b - mean) ** 2, 0) / raw.length) || 1;
  return raw.map((each) => fround(((each - mean) / spread + ratio) * deviation));
}

type Statistics = (x: readonly number[]) => { mean: number; variance: number };

/** Statistics as a loop over float32 numbers computes them. */
const SERIAL: Readonly<Record<string, Statistics>> = {
  'two passes': (x) => {
    const mean = fround(x.reduce((a, b) => fround(a + b), 0) / x.length);
    const squares = x.reduce((a, b) => fround(a + fround(fround(b - mean) ** 2)), 0);
    return { mean, variance: fround(squares / x.length) };
  },
  "Welford's algorithm": (x) => {
    let [mean, squares] = [0, 0];
    x.forEach((each, i) => {
      const off = fround(each - mean);
      mean = fround(mean + fround(off / (i + 1)));
      squares = fround(squares + fround(off * fround(each - mean)));
    });
    return { mean, variance: fround(squares / x.length) };
  },
  'E[x²] − E[x]²': (x) => {
    const mean = fround(x.reduce((a, b) => fround(a + b), 0) / x.length);
    const squares = fround(x.reduce((a, b) => fround(a + fround(b * b)), 0) / x.length);
    return { mean, variance: Math.max(0, fround(squares - fround(mean * mean))) };
  },
};

const columnOf = (values: ArrayLike<number>, feature: number) =>
  Array.from(values).filter((_, i) => i % FEATURES === feature);

/** Batch normalization of [samples, FEATURES] in float32: (x − µ)s, or x·s − µ·s. */
function inSingle(input: ArrayLike<number>, of: Statistics, epsilon: number, isFused: boolean): Float64Array {
  const output = new Float64Array(input.length);
  for (let feature = 0; feature < FEATURES; feature++) {
    const { mean, variance } = of(columnOf(input, feature));
    const scale = fround(1 / fround(Math.sqrt(fround(variance + epsilon))));
    const shift = fround(mean * scale);
    for (let i = feature; i < input.length; i += FEATURES) {
      output[i] = isFused
        ? fround(fround(input[i] * scale) - shift)
        : fround(fround(input[i] - mean) * scale);
    }
  }
  return output;
}

/** In float64, by the formula that is given the exact statistics of each feature. */
function inDouble(
  input: ArrayLike<number>,
  formula: (x: number, mean: number, variance: number, n: number) => number,
): Float64Array {
  const output = new Float64Array(input.length);
  for (let feature = 0; feature < FEATURES; feature++) {
    const column = columnOf(input, feature);
    const n = column.length;
    const mean = column.reduce((a, b) => a + b, 0) / n;
    const variance = column.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    for (let i = feature; i < input.length; i += FEATURES) output[i] = formula(input[i], mean, variance, n);
  }
  return output;
}

const batch = (input: Float64Array, output: Float64Array, epsilon = 1e-5): Recorded => ({
  module: 'BatchNorm1d',
  epsilon,
  shape: [input.length / FEATURES, FEATURES],
  input,
  output,
});

describe('kernel: rounding of healthy layers', () => {
  for (const [algorithm, of] of Object.entries(SERIAL)) {
    it(`never accuses a float32 loop that takes ${algorithm}`, async () => {
      const layers: Record<string, Recorded> = {};
      for (const data of Object.keys(DATA))
        for (const samples of [2, 3, 8, 64, 512, 4096, 8192])
          for (const ratio of [0, 1, 10, 100, 1e3, 1e4, 1e5])
            for (const epsilon of samples === 512 ? [1e-12, 1e-5, 1e-2] : [1e-5]) {
              const input = inputOf(data, samples, ratio);
              const output = inSingle(input, of, epsilon, (samples + ratio) % 3 === 0);
              const dtype = samples === 64 ? 'F64' : 'F32';
              layers[`${data}/${samples}/${ratio}/${epsilon}`] = { ...batch(input, output, epsilon), dtype };
            }
      const checks = await checksOf(layers);
      for (const [name, { mismatch, ofBound }] of checks)
        assert.equal(mismatch, undefined, `${name}: ${ofBound} of the bound`);
      for (const samples of [8, 64, 512, 4096]) {
        for (const ratio of [0, 1, 10]) assert.ok(checks.has(`normal/${samples}/${ratio}/0.00001`));
        assert.ok(!checks.has(`normal/${samples}/100000/0.00001`), 'float32 does not carry that');
      }
    });
  }
});

describe('kernel: faults beyond rounding', () => {
  const right = (epsilon: number) => (x: number, mean: number, variance: number) =>
    (x - mean) / Math.sqrt(variance + epsilon);
  const byOneLess = (x: number, mean: number, variance: number, n: number) =>
    (x - mean) / Math.sqrt((variance * n) / (n - 1) + 1e-5);
  const outside = (x: number, mean: number, variance: number) => (x - mean) / (Math.sqrt(variance) + 1e-5);
  const withoutMean = (x: number, mean: number, variance: number) =>
    x / Math.sqrt(variance + mean * mean + 1e-5);

  const made = (
    formula: Parameters<typeof inDouble>[1],
    [samples, ratio, deviation]: readonly [number, number, number],
    rest: Partial<Recorded> = {},
  ): Recorded => {
    const input = inputOf('normal', samples, ratio, deviation);
    return { ...batch(input, inDouble(input, formula)), ...rest };
  };
  const running = (mean: number) => ({
    running_mean: new Array<number>(FEATURES).fill(mean),
    running_var: new Array<number>(FEATURES).fill(1),
  });
  const grouped = (samples: number, groups: number): Float64Array => {
    const size = (FEATURES / groups) * 16;
    const input = inputOf('normal', samples * 16, 1);
    const output = new Float64Array(input.length);
    for (let from = 0; from < input.length; from += size) {
      const unit = input.subarray(from, from + size);
      const mean = unit.reduce((a, b) => a + b, 0) / size;
      const variance = unit.reduce((a, b) => a + (b - mean) ** 2, 0) / size;
      output.set(
        unit.map((x) => right(1e-5)(x, mean, variance)),
        from,
      );
    }
    return output;
  };

  const FAULTS: Readonly<Record<string, [layer: Recorded, kind: string | undefined]>> = {
    'ε 1e-3 for 1e-5 at σ 1': [made(right(1e-3), [4096, 0, 1]), 'epsilon'],
    'ε 1e-3 for 1e-5 at σ 1 and a mean of 2 σ': [made(right(1e-3), [4096, 2, 1]), 'epsilon'],
    'ε 1e-3 for 1e-5 at σ 0.1, stored as bfloat16': [
      made(right(1e-3), [4096, 0, 0.1], { dtype: 'BF16', parameters: { weight: [1, 1, 1, 1] } }),
      'epsilon',
    ],
    'ε outside the root at σ 0.01': [made(outside, [512, 0, 0.01]), 'epsilon'],
    'ε outside the root at σ 0.1': [made(outside, [512, 1, 0.1]), 'epsilon'],
    'n − 1 at 8 samples': [made(byOneLess, [8, 0, 1]), 'statistics'],
    'n − 1 at 8 samples and a mean of 100 σ': [made(byOneLess, [8, 100, 1]), 'statistics'],
    'n − 1 at 512 samples and a mean of 3 σ': [made(byOneLess, [512, 3, 1]), 'statistics'],
    'n − 1 at 8 samples, stored as bfloat16': [made(byOneLess, [8, 0, 1], { dtype: 'BF16' }), 'statistics'],
    'without subtracting the mean': [made(withoutMean, [512, 0.1, 1]), 'axes'],
    'without β': [
      made(right(1e-5), [4096, 3, 1], {
        parameters: { weight: [1, 1, 1, 1], bias: [0.01, 0.01, 0.01, 0.01] },
      }),
      'affine',
    ],
    'running statistics in train mode, 0.05 σ away at a mean of 100 σ': [
      made((x) => (x - 100.05) / Math.sqrt(1 + 1e-5), [4096, 100, 1], { parameters: running(100.05) }),
      'statistics',
    ],
    'batch statistics in eval mode, 0.01 σ away': [
      made(right(1e-5), [4096, 1, 1], { parameters: running(1.01), training: false }),
      'statistics',
    ],
    'two groups for four': [
      {
        module: 'GroupNorm',
        epsilon: 1e-5,
        groups: 4,
        shape: [32, FEATURES, 4, 4],
        input: inputOf('normal', 32 * 16, 1),
        output: grouped(32, 2),
      },
      'groups',
    ],
    'twice the input': [
      { ...made(right(1e-5), [64, 1, 1]), output: inDouble(inputOf('normal', 64, 1), (x) => x * 2) },
      'unexplained',
    ],
    // Beyond what float32 carries: nothing is said.
    'n − 1 at 8 samples and a mean of 10⁴ σ': [made(byOneLess, [8, 1e4, 1]), undefined],
    'ε 1e-3 for 1e-5 at σ 1 and a mean of 300 σ': [made(right(1e-3), [4096, 300, 1]), undefined],
    'ε 1e-3 for 1e-5 at σ 100': [made(right(1e-3), [4096, 0, 100]), undefined],
  };

  it('are found where rounding lets them be seen, and nothing is said elsewhere', async () => {
    const checks = await checksOf(
      Object.fromEntries(Object.entries(FAULTS).map(([name, [layer]]) => [name.replaceAll('.', ','), layer])),
    );
    const found = Object.keys(FAULTS).map((name) => [
      name,
      checks.get(name.replaceAll('.', ','))?.mismatch?.kind,
    ]);
    assert.deepEqual(
      found,
      Object.entries(FAULTS).map(([name, [, kind]]) => [name, kind]),
    );
  });
});
