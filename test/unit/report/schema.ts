import * as v from 'valibot';
import { METHODS } from '../../../src/model/analysis';

/** NaN and infinities are null in JSON. */
const number = v.nullable(v.number());
const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const text = v.pipe(v.string(), v.minLength(1));
const method = v.picklist(METHODS);

const shift = v.strictObject({
  reference: v.number(),
  w1: number,
  w1Location: number,
  w1Scale: number,
  w1Shape: number,
  ks: number,
  js: number,
  meanShift: number,
  logStdRatio: number,
  channelFrechet: number,
  noiseFloor: v.optional(v.strictObject({ w1: number, ks: number, js: number })),
});

const units = v.union([
  v.strictObject({ mean: v.array(number), variance: v.array(number) }),
  v.strictObject({ meanSquare: v.array(number) }),
]);

const distribution = v.strictObject({
  mean: number,
  variance: number,
  min: number,
  max: number,
  percentiles: v.record(v.string(), number),
  units: v.optional(units),
  shift: v.optional(shift),
});

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const loss = v.strictObject({ overflow: share, flushed: share });

const health = v.strictObject({
  rms: v.optional(v.pipe(v.number(), v.minValue(0))),
  growth: v.optional(v.pipe(v.number(), v.minValue(0))),
  magnitude: v.optional(
    v.strictObject({
      median: number,
      greatest: v.number(),
      channels: v.optional(whole),
      channel: v.optional(whole),
      deviation: v.optional(number),
      place: v.optional(v.strictObject({ sample: whole, position: whole })),
      massive: v.optional(v.strictObject({ channels: v.array(whole), count: whole })),
      kurtosis: v.optional(number),
    }),
  ),
  saturation: v.optional(v.strictObject({ tanh: share, sigmoid: share })),
  channelHealth: v.optional(
    v.strictObject({
      channels: whole,
      zero: v.array(whole),
      constant: v.array(whole),
      collapsed: whole,
      zeroScale: v.optional(v.array(whole)),
    }),
  ),
  formatLoss: v.optional(
    v.strictObject({
      float16: v.optional(loss),
      bfloat16: v.optional(loss),
      float8_e4m3fn: v.optional(loss),
      float8_e5m2: v.optional(loss),
    }),
  ),
  batchError: v.optional(v.strictObject({ samples: whole, mean: number, deviation: number })),
  rankParameters: v.optional(
    v.strictObject({ roles: v.array(text), groups: v.array(v.array(whole)), ulps: v.number() }),
  ),
});

const difference = v.variant('kind', [
  v.strictObject({ kind: v.literal('equal') }),
  v.strictObject({
    kind: v.literal('different'),
    elements: whole,
    of: whole,
    ulps: number,
    first: v.array(whole),
  }),
  v.strictObject({ kind: v.literal('incomparable'), reason: text }),
]);
const chance = v.strictObject({
  p: share,
  floor: v.number(),
  permutations: whole,
  unit: v.picklist(['samples', 'channels']),
});

const step = v.strictObject({
  step: v.number(),
  phase: v.optional(text),
  rank: v.optional(whole),
  call: v.optional(whole),
  ranks: v.optional(v.array(whole)),
  rankSpread: v.optional(
    v.strictObject({ ranks: v.array(whole), mean: v.number(), greatest: v.number(), greatestChannel: whole }),
  ),
  runningGap: v.optional(
    v.strictObject({ mean: number, variance: number, greatestMean: number, greatestChannel: whole }),
  ),
  health: v.optional(health),
  comparison: v.optional(v.strictObject({ step: v.number(), difference, chance: v.optional(chance) })),
  affine: v.optional(v.literal(true)),
  running: v.optional(v.literal(true)),
  shape: v.array(whole),
  dtype: text,
  storedFrom: v.optional(text),
  storageError: v.optional(v.pipe(v.number(), v.minValue(0))),
  overflowed: v.optional(whole),
  count: whole,
  // Null if only histograms exist and the values were not counted.
  nan: v.nullable(whole),
  posInf: v.nullable(whole),
  negInf: v.nullable(whole),
  zeros: v.nullable(whole),
  firstNonFinite: v.optional(
    v.strictObject({ kind: v.picklist(['nan', 'posInf', 'negInf']), index: v.array(whole) }),
  ),
  epsilon: v.number(),
  groups: whole,
  layerScope: v.picklist(['example', 'position']),
  methods: v.pipe(
    v.record(method, v.union([distribution, v.strictObject({ undefined: text })])),
    v.check((methods) => Object.keys(methods).join() === METHODS.join(), 'every method, in their order'),
  ),
});

const findingFields = {
  kind: v.picklist([
    'declared',
    'non-finite',
    'dead-channels',
    'collapsed',
    'ranks',
    'growth',
    'depth',
    'signal',
    'saturation',
    'massive',
    'small-units',
    'small-batch',
    'running-statistics',
    'mode',
    'rank-data',
    'rank-parameters',
    'number-format',
    'channel-axis',
    'recorded-twice',
    'moved-first',
    'flat-reference',
    'runs-part',
    'input-scale',
    'formula',
  ]),
  severity: v.picklist(['error', 'warning', 'note']),
  layer: v.optional(text),
  layers: v.array(text),
  step: v.optional(v.number()),
  after: v.optional(v.number()),
  phase: v.optional(text),
  rank: v.optional(whole),
  call: v.optional(whole),
  ranks: v.optional(v.array(whole)),
  jump: v.optional(v.strictObject({ from: text, to: text, ratio: v.number() })),
  title: text,
  headline: v.optional(text),
  evidence: text,
  why: text,
  advice: text,
  refute: text,
};

const finding = v.strictObject({
  ...findingFields,
  consequences: v.optional(v.array(v.strictObject(findingFields))),
});

const otherRun = v.strictObject({ name: text, roots: v.array(text) });
const missing = v.array(v.strictObject({ kind: text, title: text }));
const noise = { w1: number, floor: v.optional(number), p: v.optional(share) };

const comparison = v.strictObject({
  other: otherRun,
  group: v.optional(v.array(otherRun)),
  line: text,
  equalUntil: v.optional(v.number()),
  firstDifference: v.optional(
    v.strictObject({
      layer: v.optional(text),
      layers: v.array(text),
      step: v.number(),
      elements: whole,
      of: whole,
      ulps: number,
    }),
  ),
  aboveNoise: v.optional(v.strictObject({ layer: text, step: v.number(), ...noise })),
  records: v.strictObject({
    compared: whole,
    equal: whole,
    incomparable: whole,
    measured: whole,
    aboveNoise: whole,
    nearest: whole,
    alone: whole,
  }),
  layers: v.array(
    v.strictObject({
      layer: text,
      other: v.optional(text),
      by: v.optional(v.picklist(['choice', 'name', 'order'])),
      reason: v.optional(text),
      firstDifference: v.optional(
        v.strictObject({ step: v.number(), elements: whole, of: whole, ulps: number }),
      ),
      farthest: v.optional(v.strictObject({ step: v.number(), isAbove: v.boolean(), ...noise })),
    }),
  ),
  onlyThere: v.array(text),
  findings: v.optional(v.strictObject({ onlyHere: missing, onlyThere: missing })),
});

/** `normscope-report/1`, as issue 2 lays it down; whatever is not named here must not be there. */
export const REPORT_SCHEMA = v.strictObject({
  schema: v.literal('normscope-report/1'),
  run: v.strictObject({
    name: text,
    roots: v.array(text),
    remarks: v.optional(v.array(text)),
    assumptions: v.optional(v.array(v.strictObject({ text, options: v.array(text) }))),
  }),
  options: v.strictObject({
    epsilon: v.optional(v.number()),
    groups: v.optional(whole),
    readings: v.optional(v.record(v.string(), text)),
    layerScope: v.picklist(['auto', 'example', 'position']),
    percentiles: v.array(v.number()),
    reference: v.union([
      v.picklist(['first', 'previous']),
      v.number(),
      v.strictObject({ roots: v.array(text), group: v.optional(v.array(v.array(text))) }),
    ]),
    layouts: v.record(v.string(), v.string()),
    affine: v.optional(v.boolean()),
    running: v.optional(v.boolean()),
  }),
  problems: v.array(
    v.strictObject({ code: text, path: text, tensor: v.optional(v.string()), message: text }),
  ),
  verdict: v.strictObject({
    severity: v.picklist(['error', 'warning', 'none']),
    sentence: text,
    causes: whole,
  }),
  findings: v.array(finding),
  layerOrder: v.optional(v.picklist(['calls', 'file', 'numbers'])),
  comparison: v.optional(comparison),
  layers: v.array(
    v.strictObject({
      name: text,
      fullName: text,
      // Empty if the shape is unknown, too.
      layout: v.string(),
      layoutGuessed: v.boolean(),
      dtype: text,
      summarized: v.optional(text),
      storage: v.optional(text),
      steps: v.array(step),
    }),
  ),
});
