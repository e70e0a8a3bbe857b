import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Fit, fitFormula } from '../../../src/kernel/check/fit';
import type { Recording } from '../../../src/kernel/check/recording';
import { precisionOf } from '../../../src/kernel/statistics/precision';
import { uniformFrom } from '../../../src/kernel/statistics/uniform';
import type { TensorPair } from '../../../src/kernel/tensor/tensorPair';
import type { Formula, Units, Unseen } from '../../../src/model/formula';
import { formulaText } from '../../../src/model/formulaText';

type StoredType = 'float64' | 'float32' | 'bfloat16' | 'float16';

/** A layer that follows a formula, and random inputs for it. */
interface Member {
  readonly shape: readonly number[];
  readonly formula: Formula;
  readonly type: StoredType;
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
  /** Of each index of axis 1. */
  readonly running: { readonly mean: Float64Array; readonly variance: Float64Array };
  readonly seed: number;
}

const DIGITS: Readonly<Record<StoredType, number>> = { float64: 53, float32: 24, bfloat16: 8, float16: 11 };

/** To the nearest number of so many significant bits. */
function rounded(value: number, type: StoredType): number {
  if (value === 0 || type === 'float64') return value;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - DIGITS[type] + 1);
  return Math.round(value / unit) * unit;
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function indicesOf(shape: readonly number[]): number[][] {
  const size = shape.reduce((a, b) => a * b, 1);
  return Array.from({ length: size }, (_, position) => {
    const index: number[] = [];
    let rest = position;
    for (const extent of [...shape].reverse()) {
      index.unshift(rest % extent);
      rest = Math.floor(rest / extent);
    }
    return index;
  });
}

/** What tells an element's unit from others, written down from what people say of groups and axes. */
function unitOf(index: readonly number[], { axes, parts }: Units, shape: readonly number[]): string {
  const outside = index.filter((_, axis) => !axes.includes(axis));
  if (parts === undefined) return outside.join();
  if (parts.kind === 'reshaped') {
    const place = parts.axes.reduce((sum, axis) => sum * shape[axis] + index[axis], 0);
    const size = parts.axes.reduce((product, axis) => product * shape[axis], 1);
    return `${outside.join()}/${Math.floor(place / (size / parts.count))}`;
  }
  const [axis] = parts.axes;
  const size = shape[axis] / parts.count;
  const group = parts.kind === 'contiguous' ? Math.floor(index[axis] / size) : index[axis] % parts.count;
  return `${outside.join()}/${group}`;
}

/** Inputs whose spread differs from unit to unit by powers of ten around where ε is as large as what it is added to. */
function inputOf({
  shape,
  formula,
  type,
  seed,
}: Pick<Member, 'shape' | 'formula' | 'type' | 'seed'>): number[] {
  const random = uniformFrom(seed);
  const { epsilon, place } = formula;
  const middle = place === 'outside' || place === 'max' ? epsilon : Math.sqrt(epsilon);
  const scales = new Map<string, { spread: number; mean: number }>();
  return indicesOf(shape).map((index) => {
    const unit = unitOf(index, formula.units, shape);
    const spread = middle * 10 ** (3 * random() - 1.5);
    const own = scales.get(unit) ?? { spread, mean: spread * normal(random) };
    scales.set(unit, own);
    return rounded(own.mean + own.spread * normal(random), type);
  });
}

function outputOf(input: readonly number[], { shape, formula, gamma, beta, running }: Member): number[] {
  const indices = indicesOf(shape);
  const units = new Map<string, number[]>();
  indices.forEach((index, i) => {
    const unit = unitOf(index, formula.units, shape);
    units.set(unit, [...(units.get(unit) ?? []), i]);
  });
  const output = new Array<number>(input.length);
  for (const members of units.values()) {
    const n = members.length;
    const isRunning = formula.statistics === 'running';
    const channel = indices[members[0]][1];
    const mean = isRunning ? running.mean[channel] : members.reduce((sum, i) => sum + input[i], 0) / n;
    const center = formula.moment === 'variance' ? mean : 0;
    const squares = members.reduce((sum, i) => sum + (input[i] - center) ** 2, 0);
    const V = isRunning
      ? running.variance[channel]
      : squares / { n, 'n - 1': n - 1, '1': 1 }[formula.divisor];
    const { epsilon } = formula;
    const D = {
      inside: Math.sqrt(V + epsilon),
      outside: Math.sqrt(V) + epsilon,
      max: Math.max(Math.sqrt(V), epsilon),
      'no root': V + epsilon,
    }[formula.place];
    for (const i of members) {
      const entry = formula.affineAxes.reduce((sum, axis) => sum * shape[axis] + indices[i][axis], 0);
      const scale = { none: 1, gamma: gamma[entry], '1 + gamma': 1 + gamma[entry] }[formula.scale];
      output[i] =
        ((input[i] - (formula.centered ? mean : 0)) / D) * scale + (formula.shift ? beta[entry] : 0);
    }
  }
  return output;
}

function pairOf(input: readonly number[], output: readonly number[]): TensorPair {
  const [x, y] = [Float64Array.from(input), Float64Array.from(output)];
  return {
    size: x.length,
    read: (from, count) => Promise.resolve([x.slice(from, from + count), y.slice(from, from + count)]),
    forEach: (size, visit) => {
      visit(x.subarray(0, size), y.subarray(0, size), 0);
      return Promise.resolve();
    },
  };
}

/** The fit to a member's output, which float32 arithmetic and the type that it is stored in have rounded. */
function fitOf(member: Member): Promise<Fit | undefined> {
  const { shape, gamma, beta, running, type, formula } = member;
  const input = inputOf(member);
  const computed = outputOf(input, member).map((each) => (type === 'float64' ? each : Math.fround(each)));
  const precision = precisionOf(type) ?? assert.fail();
  const recording: Recording = {
    pair: pairOf(
      input,
      computed.map((each) => rounded(each, type)),
    ),
    shape,
    channelAxis: 1,
    parameters: { gamma, beta, running, affineShape: formula.affineAxes.map((axis) => shape[axis]) },
    rounding: { input: precision, output: precision, parameters: { relative: 2 ** -24, absolute: 0 } },
    isAsComputed: true,
  };
  return fitFormula(recording, { groups: formula.units.parts?.count });
}

/** The largest relative difference of two formulas on inputs that neither has seen. */
function difference(member: Member, other: Formula): number {
  const input = inputOf({ ...member, seed: member.seed + 1 });
  const expected = outputOf(input, member);
  const actual = outputOf(input, { ...member, formula: other });
  const size = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((each, i) => Math.abs(each - actual[i]))) / size;
}

const divisorsOf = (n: number) => Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);

function unitsArbitrary(shape: readonly number[]): fc.Arbitrary<Units> {
  const all = shape.map((_, axis) => axis);
  const inSample = all.slice(1);
  const plain = fc.subarray(all, { minLength: 1 }).map((axes): Units => ({ axes }));
  const counts = divisorsOf(shape[1]).filter((count) => count > 1 && count < shape[1]);
  const choices: fc.Arbitrary<Units>[] = [plain, plain];
  if (counts.length > 0) {
    choices.push(
      fc
        .tuple(
          fc.constantFrom(...counts),
          fc.constantFrom('contiguous' as const, 'interleaved' as const),
          fc.boolean(),
        )
        .map(([count, kind, isWhole]) => ({
          axes: isWhole ? inSample : [1],
          parts: { kind, count, axes: [1] },
        })),
    );
  }
  const size = inSample.reduce((product, axis) => product * shape[axis], 1);
  if (shape.length > 2) {
    const order = [...inSample.slice(1), 1];
    const pieces = divisorsOf(size).filter((count) => count > 1 && size / count > 3);
    choices.push(
      fc
        .constantFrom(...pieces)
        .map((count) => ({ axes: inSample, parts: { kind: 'reshaped', count, axes: order } })),
    );
  }
  return fc.oneof(...choices);
}

/** Of any member of the space; `types`: of the recorded values. */
function memberArbitrary(types: readonly StoredType[]): fc.Arbitrary<Member> {
  const extents = fc.oneof(
    fc.tuple(fc.integer({ min: 8, max: 24 }), fc.integer({ min: 6, max: 24 })),
    fc.tuple(
      fc.integer({ min: 3, max: 8 }),
      fc.integer({ min: 4, max: 12 }),
      fc.integer({ min: 5, max: 12 }),
    ),
    fc.tuple(...[2, 4, 4, 4].map((min) => fc.integer({ min, max: 8 }))),
  );
  return extents.chain((shape) =>
    fc
      .record({
        units: unitsArbitrary(shape),
        centered: fc.boolean(),
        divisor: fc.constantFrom<Formula['divisor']>('n', 'n', 'n - 1', '1'),
        place: fc.constantFrom<Formula['place']>('inside', 'inside', 'outside', 'max', 'no root'),
        exponent: fc.double({ min: -8, max: -2, noNaN: true }),
        scale: fc.constantFrom<Formula['scale']>('none', 'gamma', '1 + gamma'),
        shift: fc.boolean(),
        isRunning: fc.integer({ min: 0, max: 7 }).map((each) => each === 0),
        affineAxis: fc.integer({ min: 0, max: shape.length - 1 }),
        type: fc.constantFrom(...types),
        seed: fc.integer({ min: 1, max: 1e9 }),
      })
      .map(({ exponent, affineAxis, type, seed, isRunning, ...rest }): Member => {
        const random = uniformFrom(seed + 7);
        const entries = Float64Array.from({ length: shape[affineAxis] });
        const isPlain = rest.scale === 'none';
        const epsilon = Number((10 ** exponent).toPrecision(2));
        const channels = Float64Array.from({ length: shape[1] });
        const middle = rest.place === 'outside' || rest.place === 'max' ? epsilon : Math.sqrt(epsilon);
        const others = shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
        return {
          shape,
          type,
          seed,
          gamma: entries.map(() => Math.fround(1 + 0.3 * normal(random))),
          beta: entries.map(() => Math.fround(0.5 * normal(random))),
          running: {
            mean: channels.map(() => Math.fround(middle * normal(random))),
            variance: channels.map(() => Math.fround((middle * 10 ** (3 * random() - 1.5)) ** 2)),
          },
          formula: {
            ...rest,
            statistics: 'input',
            shift: rest.shift && !isPlain,
            moment: rest.centered ? 'variance' : 'square',
            divisor: rest.divisor === 'n - 1' && !rest.centered ? 'n' : rest.divisor,
            epsilon,
            affineAxes: [affineAxis],
            ...(isRunning && {
              statistics: 'running',
              units: { axes: others },
              centered: true,
              moment: 'variance',
              divisor: 'n',
            }),
          },
        };
      }),
  );
}

/** Elements per unit and number of units. */
function extentsOf({ shape, formula }: Member): { readonly n: number; readonly units: number } {
  const units = new Set(indicesOf(shape).map((index) => unitOf(index, formula.units, shape))).size;
  return { n: shape.reduce((a, b) => a * b, 1) / units, units };
}

const reported = (formula: Formula) => formulaText(formula, 'NCHW');

/** A found formula, with the member's own parts where the fit says that the values do not show them. */
function completed(found: Formula, unseen: readonly Unseen[], { epsilon, place, divisor }: Formula): Formula {
  const isOpen = (...parts: Unseen[]) => parts.some((part) => unseen.includes(part));
  return {
    ...found,
    ...(isOpen('epsilon', 'digits', 'place') && { epsilon }),
    ...(isOpen('epsilon', 'place') && { place }),
    ...(isOpen('divisor') && { divisor }),
  };
}

describe('kernel: fitting a formula', () => {
  it('returns any member of the space, or one that equals it on all inputs', async () => {
    let [runs, complete] = [0, 0];
    await fc.assert(
      fc.asyncProperty(memberArbitrary(['float64', 'float32']), async (member) => {
        const { n, units } = extentsOf(member);
        fc.pre(n >= 4 && units >= 8);
        const fit = await fitOf(member);
        const text = reported(member.formula);
        if (fit?.kind !== 'fitted') assert.fail(`${text}: ${JSON.stringify(fit)}`);
        const { formula, unseen } = fit.found;
        const isRight = difference(member, completed(formula, unseen, member.formula)) < 2e-3;
        assert.ok(isRight, `${text} is not ${reported(formula)}`);
        runs++;
        if (unseen.length === 0) complete++;
      }),
      { numRuns: 80 },
    );
    assert.ok(complete > 0.95 * runs, `${complete} of ${runs} are known completely`);
  });

  it('says nothing wrong of what is stored in half precision', async () => {
    await fc.assert(
      fc.asyncProperty(memberArbitrary(['bfloat16', 'float16']), async (member) => {
        const { n, units } = extentsOf(member);
        fc.pre(n >= 4 && units >= 4);
        const fit = await fitOf(member);
        const text = reported(member.formula);
        if (fit === undefined || fit.kind === 'none') return;
        const formulas = fit.kind === 'fitted' ? [fit.found.formula] : fit.formulas;
        const unseen: readonly Unseen[] = fit.kind === 'fitted' ? fit.found.unseen : ['epsilon', 'divisor'];
        // Of an ε with two digits, the first one may be all that shows.
        const isRight = (formula: Formula) =>
          difference(member, completed(formula, unseen, member.formula)) < 0.1;
        assert.ok(formulas.some(isRight), `${text} is not ${formulas.map(reported).join(' or ')}`);
      }),
      { numRuns: 80 },
    );
  });

  it('does not take a layer that changes nothing for one that clamps or outweighs its statistics', async () => {
    // A frozen batch norm as it is made: running mean 0, running variance 1, γ = 1 and β = 0.
    const shape = [4, 16, 6, 6];
    const ones = new Float64Array(16).fill(1);
    const formula: Formula = {
      statistics: 'running',
      units: { axes: [0, 2, 3] },
      centered: true,
      moment: 'variance',
      divisor: 'n',
      place: 'inside',
      epsilon: 1e-5,
      scale: 'gamma',
      shift: true,
      affineAxes: [1],
    };
    for (const type of ['float16', 'bfloat16', 'float32'] as const) {
      const zeros = new Float64Array(16);
      const running = { mean: zeros, variance: ones };
      const fit = await fitOf({ shape, formula, type, gamma: ones, beta: zeros, running, seed: 7 });
      if (fit === undefined || fit.kind === 'none') assert.fail(`${type}: ${JSON.stringify(fit)}`);
      const found = fit.kind === 'fitted' ? [fit.found.formula] : fit.formulas;
      for (const { statistics } of found)
        assert.notEqual(statistics, 'input', found.map(reported).join(' or '));
    }
  });
});
