/** Samples, positions, channels. */
export const SHAPE = [6, 20, 32];
const SIZE = 6 * 20 * 32;

type Formula = (x: number, channel: number, sample: number) => number;

/** The kinds of values of test/fixtures/figures/make.py. */
const FORMULAS: Readonly<Record<string, Formula>> = {
  plain: (x) => x,
  tanh: (x) => Math.tanh(3 * x),
  sigmoid: (x) => 1 / (1 + Math.exp(-8 * x)),
  rectified: (x) => Math.max(x, 0),
  'massive channel': (x, channel) => x * (channel === 7 ? 4000 : 1),
  wide: (x, channel) => x * 10 ** ((channel - 16) / 8),
  'offset samples': (x, _, sample) => x + 0.5 * sample,
  large: (x) => 1e5 * x,
};

export function valuesOf(formula: Formula): Float32Array {
  return Float32Array.from({ length: SIZE }, (_, i) =>
    formula(Math.sin(i * i * 0.7 + i), i % 32, Math.floor(i / (20 * 32))),
  );
}

/** The values of a kind. */
export function formulaValues(kind: string): Float32Array {
  return valuesOf(FORMULAS[kind]);
}
