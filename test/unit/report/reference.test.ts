import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { METHODS, type Method } from '../../../src/model/analysis';
import { formatReport } from '../../../src/report/format';
import type { Report, ReportDistribution, ReportStep } from '../../../src/report/report';
import { reportOf, torchRun } from './reports';

/** What test/fixtures/torch/make.py computed with PyTorch, NumPy and SciPy, all in float64. */
const expected: Expected = JSON.parse(readFileSync(torchRun('expected.json'), 'utf8'));

interface Expected {
  readonly epsilon: number;
  readonly groups: number;
  readonly percentiles: readonly number[];
  /** By folder, then layer. */
  readonly runs: Readonly<Record<string, Readonly<Record<string, ExpectedLayer>>>>;
}

interface ExpectedLayer {
  readonly layout: string;
  readonly dtype: string;
  readonly steps: Readonly<Record<string, ExpectedStep>>;
}

interface ExpectedStep {
  readonly shape: readonly number[];
  readonly nan: number;
  readonly posInf: number;
  readonly negInf: number;
  readonly zeros: number;
  /** By method; `layer` and `rms` with their scope (`layer example`). Null if it is undefined. */
  readonly methods: Readonly<Record<string, ExpectedMethod | null>>;
}

interface ExpectedMethod {
  readonly mean: number;
  readonly variance: number;
  readonly min: number;
  readonly max: number;
  readonly percentiles: readonly number[];
  /** Null for a unit without a finite value. */
  readonly units?: Readonly<Record<'mean' | 'variance' | 'meanSquare', readonly (number | null)[]>>;
  readonly shift: ExpectedShift;
}

interface ExpectedShift {
  readonly w1: number;
  readonly w1Location: number;
  readonly w1Scale: number;
  readonly w1Shape: number;
  readonly ks: number;
  readonly meanShift: number;
  readonly logStdRatio: number;
  readonly channelFrechet: number | null;
  readonly noiseFloor: { readonly w1: number; readonly ks: number };
  /** 1 % of the wider half-width, over σ_s: the cells of the histograms are at most that wide. */
  readonly cell: number;
  /** The largest share of either distribution (of the two halves) in such a cell. */
  readonly cellMass: number;
  readonly halfCellMass: number;
}

const SCOPES = ['auto', 'example', 'position'] as const;
type Scope = (typeof SCOPES)[number];

/** The report as its JSON says it, the way that the command makes it. */
async function reportOn(run: string, scope: Scope): Promise<Report> {
  const report = await reportOf(
    torchRun(run),
    '--statistics',
    ...['--groups', String(expected.groups), '--eps', String(expected.epsilon)],
    ...['--percentiles', expected.percentiles.join(',')],
    ...(scope === 'auto' ? [] : ['--layer-scope', scope]),
  );
  return JSON.parse(formatReport(report, 'json'));
}

function near(actual: number, wanted: number, tolerance: number, what: string): void {
  const error = Math.abs(actual - wanted);
  assert.ok(
    error <= tolerance && typeof actual === 'number',
    `${what}: ${actual} instead of ${wanted}, off by ${error}, allowed ${tolerance}`,
  );
}

describe('report: statistics against float64 PyTorch', () => {
  for (const [run, layers] of Object.entries(expected.runs)) {
    for (const scope of SCOPES) {
      describe(`${run}, layer scope ${scope}`, () => {
        let report: Report;
        before(async () => {
          report = await reportOn(run, scope);
        });

        it('has every layer and step, and no problem', () => {
          assert.deepEqual(report.problems, []);
          assert.deepEqual(report.layers.map(({ name }) => name).sort(), Object.keys(layers).sort());
          for (const { name, layout, layoutGuessed, dtype, steps } of report.layers) {
            const wanted = layers[name];
            assert.deepEqual([layout, layoutGuessed, dtype], [wanted.layout, true, wanted.dtype], name);
            assert.deepEqual(
              steps.map(({ step }) => String(step)),
              Object.keys(wanted.steps),
              name,
            );
          }
        });

        for (const [layer, { layout, steps }] of Object.entries(layers)) {
          for (const [step, wanted] of Object.entries(steps)) {
            it(`${layer} at step ${step}`, () => {
              const found = report.layers
                .find(({ name }) => name === layer)
                ?.steps.find((each) => String(each.step) === step);
              assert.ok(found !== undefined);
              const resolved = scope === 'auto' ? (layout === 'NLC' ? 'position' : 'example') : scope;
              assert.equal(found.layerScope, resolved);
              checkStep(`${run}/${layer}/${step}`, found, wanted);
            });
          }
        }
      });
    }
  }
});

function checkStep(where: string, found: ReportStep, wanted: ExpectedStep): void {
  const { shape, nan, posInf, negInf, zeros } = wanted;
  const count = shape.reduce((product, length) => product * length, 1);
  assert.deepEqual(
    [found.shape, found.count, found.nan, found.posInf, found.negInf, found.zeros],
    [shape, count, nan, posInf, negInf, zeros],
    where,
  );
  assert.deepEqual([found.groups, found.epsilon], [expected.groups, expected.epsilon], where);
  for (const method of METHODS) {
    const key = method === 'layer' || method === 'rms' ? `${method} ${found.layerScope}` : method;
    const each = found.methods[method];
    const reference = wanted.methods[key] ?? null;
    assert.equal('undefined' in each, reference === null, `${where}/${key}: undefined`);
    if ('undefined' in each || reference === null) continue;
    checkDistribution(`${where}/${key}`, method, each, reference);
    checkUnits(`${where}/${key}`, each, reference);
    checkShift(`${where}/${key}`, found.step, each, reference.shift);
  }
}

/** Moments to 1e-5, of the deviation and of the variance; percentiles to 1 % of the p15–p85 half-width. */
function checkDistribution(
  where: string,
  method: Method,
  found: ReportDistribution,
  wanted: ExpectedMethod,
): void {
  near(found.mean, wanted.mean, 1e-5 * Math.sqrt(wanted.variance), `${where} mean`);
  near(found.variance, wanted.variance, 1e-5 * wanted.variance, `${where} variance`);
  const rounding = method === 'none' ? 0 : 1e-9 * (wanted.max - wanted.min);
  near(found.min, wanted.min, rounding, `${where} min`);
  near(found.max, wanted.max, rounding, `${where} max`);
  const at = (percentile: number) => wanted.percentiles[expected.percentiles.indexOf(percentile)];
  const allowed = (0.01 * (at(85) - at(15))) / 2;
  for (const percentile of expected.percentiles) {
    near(found.percentiles[percentile], at(percentile), allowed, `${where} p${percentile}`);
  }
}

/**
 * Means to 1e-6 of themselves and of their unit's deviation, whichever is less (1e-9 near zero): a mean of 1e4 with
 * a deviation of 1e-2 must be right to 1e-8. Variances and mean squares to 1e-6 of themselves.
 */
function checkUnits(where: string, { units }: ReportDistribution, wanted: ExpectedMethod): void {
  assert.deepEqual(Object.keys(units ?? {}), Object.keys(wanted.units ?? {}), `${where} units`);
  for (const key of ['mean', 'variance', 'meanSquare'] as const) {
    const [found, references] = [units?.[key] ?? [], wanted.units?.[key] ?? []];
    assert.equal(found.length, references.length, `${where} units.${key}`);
    for (const [unit, reference] of references.entries()) {
      const what = `${where} units.${key}[${unit}]`;
      if (reference === null) {
        assert.equal(found[unit], null, what);
        continue;
      }
      const scale = Math.abs(reference);
      const deviation = Math.sqrt(wanted.units?.variance?.[unit] ?? 0);
      const allowed =
        key === 'mean' ? Math.max(1e-6 * Math.min(scale, deviation), 1e-9) : Math.max(1e-6 * scale, 1e-15);
      near(found[unit], reference, allowed, what);
    }
  }
}

/** Rounding of figures that follow from moments alone. */
const EXACT = 1e-6;
/** Tail cells, far outside the bulk, are up to 1.1 % as wide as their distance; values there are rare. */
const TAILS = 1e-3;

/**
 * Against SciPy's distances of the values themselves. The histograms move no value of the bulk out of its cell, so
 * a Wasserstein distance is off by at most a cell (half for each side); between two cell edges a distribution
 * function moves by the cell's mass, which bounds what the Kolmogorov–Smirnov distance at the edges can miss.
 */
function checkShift(where: string, step: number, { shift }: ReportDistribution, wanted: ExpectedShift): void {
  assert.ok(shift !== undefined, `${where} shift`);
  assert.equal(shift.reference, 0, `${where} shift.reference`);
  const exact = ['w1Location', 'meanShift', 'logStdRatio'] as const;
  for (const key of exact)
    near(shift[key], wanted[key], EXACT * (1 + Math.abs(wanted[key])), `${where} ${key}`);
  if (wanted.channelFrechet === null) assert.equal(shift.channelFrechet, null, `${where} channelFrechet`);
  else
    near(
      shift.channelFrechet,
      wanted.channelFrechet,
      EXACT * (1 + wanted.channelFrechet),
      `${where} channelFrechet`,
    );
  const allowed = wanted.cell + TAILS;
  for (const key of ['w1', 'w1Scale', 'w1Shape'] as const)
    near(shift[key], wanted[key], allowed, `${where} ${key}`);
  near(shift.ks, wanted.ks, wanted.cellMass, `${where} ks`);
  if (step === 0) {
    for (const key of [...exact, 'w1', 'w1Scale', 'w1Shape', 'ks', 'js', 'channelFrechet'] as const) {
      assert.equal(shift[key], 0, `${where} ${key}: from itself`);
    }
  }
  assert.ok(shift.noiseFloor !== undefined, `${where} noiseFloor`);
  near(shift.noiseFloor.w1, wanted.noiseFloor.w1, allowed, `${where} noiseFloor.w1`);
  near(shift.noiseFloor.ks, wanted.noiseFloor.ks, wanted.halfCellMass, `${where} noiseFloor.ks`);
}
