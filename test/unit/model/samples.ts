import {
  METHODS,
  type Method,
  type MethodSummary,
  type RecordShift,
  type RecordSummary,
  type ShiftMetrics,
} from '../../../src/model/analysis';
import type { RunCatalog, Variant } from '../../../src/model/catalog';
import type { ShiftCell } from '../../../src/model/shiftTable';

/**
 * A made-up run: every layer has a record of shape [4, 8] at every step of every variant. Record ids count through
 * layers, in them through variants, in those through steps. The layer `a` is `net.a` in full.
 */
export function catalogOf(
  layers: readonly string[],
  steps: readonly number[],
  variants: readonly Variant[] = [{}],
): RunCatalog {
  const places = layers.flatMap((_, layer) =>
    variants.flatMap((_, variant) => steps.map((step) => ({ layer, variant, step }))),
  );
  return {
    roots: ['file:///run'],
    name: 'run',
    layers: layers.map((name, id) => ({
      id,
      name,
      fullName: `net.${name}`,
      layout: 'NC',
      layoutGuessed: true,
      dtype: 'float32',
      shape: [4, 8],
      steps,
    })),
    steps,
    variants,
    records: places.map((place, id) => ({
      id,
      ...place,
      shape: [4, 8],
      dtype: 'float32',
      file: `file:///run/step_${place.step}.npz`,
      tensor: layers[place.layer],
    })),
    problems: [],
    unrecognized: [],
  };
}

export const WHY_UNDEFINED = 'Undefined: one spatial element.';

/** A summary whose percentiles are the same for every method but `instance`, which is undefined. */
export function summaryOf(
  record: number,
  percentiles: readonly number[] = [-1, 0, 1],
  changed: Partial<RecordSummary> = {},
): RecordSummary {
  const defined: MethodSummary = {
    mean: 0.5,
    variance: 2,
    min: -3,
    max: 4,
    percentiles,
    unitCount: 8,
    unitMean: { min: -1, max: 1 },
    unitVariance: { min: 0.25, max: 3 },
  };
  const { unitMean: _, unitVariance: __, ...raw } = defined;
  return {
    record,
    layout: 'NC',
    epsilon: 1e-5,
    groups: 4,
    layerScope: 'example',
    count: 32,
    finite: 32,
    nan: 0,
    posInf: 0,
    negInf: 0,
    zeros: 0,
    methods: {
      none: { ...raw, unitCount: 0 },
      batch: defined,
      layer: defined,
      instance: { reason: WHY_UNDEFINED },
      group: defined,
      rms: defined,
    },
    ...changed,
  };
}

export function metricsOf(w1: number, floor?: number): ShiftMetrics {
  return {
    w1,
    w1Location: 0.125,
    w1Scale: 0.0625,
    w1Shape: 0.5,
    ks: 0.75,
    js: 0.375,
    meanShift: -0.125,
    logStdRatio: 0.0625,
    channelFrechet: 2,
    ...(floor === undefined ? {} : { noiseFloor: { w1: floor, ks: 0.01, js: 0.02 } }),
  };
}

/** The same shift for every method but `instance`, which has none. */
export function shiftOf(record: number, reference: number, w1: number, floor?: number): RecordShift {
  return { record, reference, methods: byMethod(metricsOf(w1, floor)) };
}

/** What {@link shiftOf} is on the map. */
export function cellOf(
  record: number,
  reference: number,
  w1: number,
  floor?: number,
  nonFinite = false,
): ShiftCell {
  return {
    record,
    reference,
    w1: byMethod(w1),
    floor: floor === undefined ? {} : byMethod(floor),
    nonFinite,
    dead: false,
  };
}

function byMethod<T>(value: T): Partial<Record<Method, T>> {
  return Object.fromEntries(METHODS.filter((each) => each !== 'instance').map((each) => [each, value]));
}
