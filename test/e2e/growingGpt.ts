import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npyBytes, npyHeader } from '../contract/dumpBytes';

/** Samples, positions, channels. */
const SHAPE = [4, 12, 16] as const;
const [SAMPLES, LENGTH, WIDTH] = SHAPE;
const DEPTH = 6;
const LAST_STEP = 100;
/** The block whose feed-forward branch grows, and the first recorded step at which it has. */
export const GROWING = 3;
export const GROWN_AT = 40;

/** Rows of channels: one for each position of a sample, sample by sample. */
type Rows = readonly Float64Array[];
type Matrix = readonly Float64Array[];

/** Standard normal numbers, the same for the same seed [Box & Muller 1958; mulberry32]. */
function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

function matrix(rows: number, columns: number, seed: number, scale = 1): Matrix {
  const next = normals(seed);
  return Array.from({ length: rows }, () =>
    Float64Array.from({ length: columns }, () => (scale * next()) / Math.sqrt(columns)),
  );
}

function times(weights: Matrix, x: Rows): Rows {
  return x.map((row) =>
    Float64Array.from(weights, (line) => line.reduce((sum, weight, i) => sum + weight * row[i], 0)),
  );
}

function sum(x: Rows, y: Rows): Rows {
  return x.map((row, i) => row.map((value, c) => value + y[i][c]));
}

function layerNorm(x: Rows): Rows {
  return x.map((row) => {
    const mean = row.reduce((total, value) => total + value, 0) / WIDTH;
    const variance = row.reduce((total, value) => total + (value - mean) ** 2, 0) / WIDTH;
    return row.map((value) => (value - mean) / Math.sqrt(variance + 1e-5));
  });
}

/** Causal attention with one head [Vaswani et al. 2017], with the output projection. */
function attention(x: Rows, seed: number): Rows {
  const [q, k, v] = [1, 2, 3].map((each) => times(matrix(WIDTH, WIDTH, seed + each), x));
  const mixed = x.map((_, at) => {
    const first = at - (at % LENGTH);
    const scores = Array.from(
      { length: (at % LENGTH) + 1 },
      (__, i) => q[at].reduce((total, value, c) => total + value * k[first + i][c], 0) / Math.sqrt(WIDTH),
    );
    const most = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - most));
    const whole = weights.reduce((total, weight) => total + weight, 0);
    return Float64Array.from({ length: WIDTH }, (__, c) =>
      weights.reduce((total, weight, i) => total + (weight / whole) * v[first + i][c], 0),
    );
  });
  return times(matrix(WIDTH, WIDTH, seed + 4), mixed);
}

/** A feed-forward branch with a rectifier; `scale` multiplies its last weights. */
function feedForward(x: Rows, seed: number, scale: number): Rows {
  const hidden = times(matrix(4 * WIDTH, WIDTH, seed + 5), x).map((row) =>
    row.map((value) => Math.max(0, value)),
  );
  return times(matrix(WIDTH, 4 * WIDTH, seed + 6, scale), hidden);
}

/** The activations of a pre-norm GPT at a step, by layer, in the order of the network. */
function activations(step: number): ReadonlyMap<string, Rows> {
  const found = new Map<string, Rows>();
  const next = normals(1000 + step);
  let x: Rows = Array.from({ length: SAMPLES * LENGTH }, () => Float64Array.from({ length: WIDTH }, next));
  const normalized = (name: string) => {
    found.set(`${name}.input`, x);
    const y = layerNorm(x);
    found.set(name, y);
    return y;
  };
  const branch = (name: string, f: Rows) => {
    found.set(name, f);
    x = sum(x, f);
  };
  for (let block = 0; block < DEPTH; block++) {
    const seed = 100 * block;
    const grown = block === GROWING && step >= GROWN_AT ? 20 * (1 + (step - GROWN_AT) / 20) : 1;
    branch(`blocks.${block}.attn`, attention(normalized(`blocks.${block}.ln1`), seed));
    branch(`blocks.${block}.mlp`, feedForward(normalized(`blocks.${block}.ln2`), seed, grown));
  }
  normalized('ln_f');
  return found;
}

/**
 * A run of a small pre-norm GPT, computed here: from step {@link GROWN_AT} on, the weights of one feed-forward branch
 * grow, and with them the residual stream from there to the end.
 */
export function writeGrowingGpt(run: string): void {
  let order: readonly string[] = [];
  for (let step = 0; step <= LAST_STEP; step += 10) {
    const folder = join(run, `step_${step}`);
    mkdirSync(folder, { recursive: true });
    const found = activations(step);
    order = [...found.keys()];
    for (const [name, rows] of found) {
      const values = Float32Array.from(rows.flatMap((row) => [...row]));
      writeFileSync(
        join(folder, `${name}.npy`),
        npyBytes(npyHeader(`(${SHAPE.join(', ')})`), new Uint8Array(values.buffer)),
      );
    }
  }
  const layers = { '*': { layout: 'NLC' }, '*ln?': { module: 'LayerNorm' }, ln_f: { module: 'LayerNorm' } };
  writeFileSync(join(run, 'normscope.json'), JSON.stringify({ order, layers }));
}
