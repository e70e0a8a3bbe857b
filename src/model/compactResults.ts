import {
  isDefined,
  METHODS,
  type Method,
  type MethodSummary,
  type NotApplicable,
  type Range,
  type RecordShift,
  type RecordSummary,
  type ShiftMetrics,
  type UnitStatistics,
} from './analysis';
import type { Layout } from './catalog';

/** Makes summaries and shifts of many records small. */
export interface CompactResults {
  /** The same summary, in about a third of the memory. */
  summary(summary: RecordSummary): RecordSummary;
  /** The same shift, in about a third of the memory. */
  shift(shift: RecordShift): RecordShift;
}

/**
 * Keeps the figures of many records as columns of float64: in an object, each takes three times as much. Figures that
 * are objects, such as those of a method, are made when they are looked at; {@link plainSummary} makes all of them, for
 * a message.
 */
export function compactResults(): CompactResults {
  const summaries = new Rows();
  const shifts = new Rows();
  const reasons = sharedReasons();
  return {
    summary: (summary) => new CompactSummary(summary, summaries, reasons),
    shift: (shift) => new CompactShift(shift, shifts),
  };
}

/** A summary as plain data, which can be sent and written as JSON. */
export function plainSummary(summary: RecordSummary): RecordSummary {
  return summary instanceof CompactSummary ? summary.plain() : summary;
}

/** A shift as plain data. */
export function plainShift(shift: RecordShift): RecordShift {
  return shift instanceof CompactShift ? shift.plain() : shift;
}

/** Rows in one block of memory, which is freed with the last of its records. */
const BLOCK = 64;

/** Figures of one record. */
interface Row {
  readonly figures: Float64Array;
  /** Position of the first. */
  readonly at: number;
}

/** Gives out memory for rows. */
class Rows {
  private figures = new Float64Array(0);
  private at = 0;

  next(width: number): Row {
    if (this.at + width > this.figures.length) {
      this.figures = new Float64Array(BLOCK * width);
      this.at = 0;
    }
    const row = { figures: this.figures, at: this.at };
    this.at += width;
    return row;
  }
}

/** Why methods do not apply. */
type Reasons = Readonly<Partial<Record<Method, NotApplicable>>>;

/** Returns a function that returns the same object for equal reasons: they recur from record to record. */
function sharedReasons(): (reasons: Reasons) => Reasons {
  const known = new Map<string, Reasons>();
  return (reasons) => {
    const key = JSON.stringify(reasons);
    const shared = known.get(key) ?? reasons;
    known.set(key, shared);
    return shared;
  };
}

const COUNTS = ['count', 'finite', 'nan', 'posInf', 'negInf', 'zeros', 'epsilon', 'groups'] as const;

/** Figures of a method before its percentiles: which are present, then {@link writeMethod}'s. */
const FIGURES = 11;
const UNIT_MEAN = 1;
const UNIT_VARIANCE = 2;
const CONSTANT_UNITS = 4;

class CompactSummary implements RecordSummary {
  declare readonly record: number;
  declare readonly layout: Layout;
  declare readonly layerScope: 'example' | 'position';
  readonly #row: Row;
  readonly #percentiles: number;
  readonly #reasons: Reasons;
  readonly #units: Partial<Record<Method, UnitStatistics>> | undefined;

  constructor(summary: RecordSummary, rows: Rows, shared: (reasons: Reasons) => Reasons) {
    const { count, finite, nan, posInf, negInf, zeros, epsilon, groups, methods, ...rest } = summary;
    Object.assign(this, rest);
    const defined: MethodSummary[] = [];
    const reasons: Partial<Record<Method, NotApplicable>> = {};
    for (const method of METHODS) {
      const each = methods[method];
      if (isDefined(each)) defined.push(each);
      else reasons[method] = each;
      if (isDefined(each) && each.units !== undefined) this.#units = { ...this.#units, [method]: each.units };
    }
    this.#reasons = shared(reasons);
    this.#percentiles = defined[0]?.percentiles.length ?? 0;
    const width = FIGURES + this.#percentiles;
    this.#row = rows.next(COUNTS.length + defined.length * width);
    const { figures, at } = this.#row;
    figures.set([count, finite, nan, posInf, negInf, zeros, epsilon, groups], at);
    defined.forEach((each, i) => void writeMethod(figures, at + COUNTS.length + i * width, each));
  }

  get count(): number {
    return this.#figure(0);
  }
  get finite(): number {
    return this.#figure(1);
  }
  get nan(): number {
    return this.#figure(2);
  }
  get posInf(): number {
    return this.#figure(3);
  }
  get negInf(): number {
    return this.#figure(4);
  }
  get zeros(): number {
    return this.#figure(5);
  }
  get epsilon(): number {
    return this.#figure(6);
  }
  get groups(): number {
    return this.#figure(7);
  }

  get methods(): Readonly<Record<Method, MethodSummary | NotApplicable>> {
    return new ByMethod((method) => this.#method(method));
  }

  #figure(index: number): number {
    return this.#row.figures[this.#row.at + index];
  }

  #method(method: Method): MethodSummary | NotApplicable {
    const reason = this.#reasons[method];
    if (reason !== undefined) return reason;
    let position = 0;
    for (const before of METHODS) {
      if (before === method) break;
      if (this.#reasons[before] === undefined) position++;
    }
    const at = this.#row.at + COUNTS.length + position * (FIGURES + this.#percentiles);
    const summary = readMethod(this.#row.figures, at, this.#percentiles);
    const units = this.#units?.[method];
    return units === undefined ? summary : { ...summary, units };
  }

  plain(): RecordSummary {
    const counts = Object.fromEntries(COUNTS.map((name) => [name, this[name]]));
    const methods = Object.fromEntries(METHODS.map((method) => [method, this.#method(method)]));
    return { ...this, ...counts, methods } as RecordSummary;
  }
}

function writeMethod(figures: Float64Array, at: number, summary: MethodSummary): void {
  const { mean, variance, min, max, unitCount, unitMean, unitVariance, constantUnits, percentiles } = summary;
  const present =
    (unitMean === undefined ? 0 : UNIT_MEAN) |
    (unitVariance === undefined ? 0 : UNIT_VARIANCE) |
    (constantUnits === undefined ? 0 : CONSTANT_UNITS);
  const ranges = [unitMean?.min, unitMean?.max, unitVariance?.min, unitVariance?.max, constantUnits];
  figures.set([present, mean, variance, min, max, unitCount], at);
  for (let i = 0; i < ranges.length; i++) figures[at + 6 + i] = ranges[i] ?? 0;
  figures.set(percentiles, at + FIGURES);
}

function readMethod(figures: Float64Array, at: number, count: number): MethodSummary {
  const percentiles: number[] = [];
  for (let i = 0; i < count; i++) percentiles.push(figures[at + FIGURES + i]);
  const summary: Mutable<MethodSummary> = {
    mean: figures[at + 1],
    variance: figures[at + 2],
    min: figures[at + 3],
    max: figures[at + 4],
    percentiles,
    unitCount: figures[at + 5],
  };
  const present = figures[at];
  if ((present & UNIT_MEAN) > 0) summary.unitMean = rangeAt(figures, at + 6);
  if ((present & UNIT_VARIANCE) > 0) summary.unitVariance = rangeAt(figures, at + 8);
  if ((present & CONSTANT_UNITS) > 0) summary.constantUnits = figures[at + 10];
  return summary;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function rangeAt(figures: Float64Array, at: number): Range {
  return { min: figures[at], max: figures[at + 1] };
}

/** The figures of a shift, in the order of tables. */
export const SHIFT_FIELDS = [
  'w1',
  'w1Location',
  'w1Scale',
  'w1Shape',
  'ks',
  'js',
  'meanShift',
  'logStdRatio',
  'channelFrechet',
] as const satisfies readonly (keyof ShiftMetrics)[];
const FLOOR = ['w1', 'ks', 'js'] as const;

const SHIFT_FIGURES = SHIFT_FIELDS.length + FLOOR.length;

class CompactShift implements RecordShift {
  readonly record: number;
  readonly reference: number;
  readonly #row: Row;
  /** Which methods have a shift, and which a noise floor: a bit each. */
  readonly #defined: number;
  readonly #floors: number;

  constructor({ record, reference, methods }: RecordShift, rows: Rows) {
    this.record = record;
    this.reference = reference;
    let [defined, floors] = [0, 0];
    const present: ShiftMetrics[] = [];
    METHODS.forEach((method, i) => {
      const metrics = methods[method];
      if (metrics === undefined) return;
      present.push(metrics);
      defined |= 1 << i;
      if (metrics.noiseFloor !== undefined) floors |= 1 << i;
    });
    this.#defined = defined;
    this.#floors = floors;
    this.#row = rows.next(present.length * SHIFT_FIGURES);
    const { figures, at } = this.#row;
    present.forEach((metrics, i) => {
      SHIFT_FIELDS.forEach((name, j) => {
        figures[at + i * SHIFT_FIGURES + j] = metrics[name];
      });
      FLOOR.forEach((name, j) => {
        figures[at + i * SHIFT_FIGURES + SHIFT_FIELDS.length + j] = metrics.noiseFloor?.[name] ?? 0;
      });
    });
  }

  get methods(): Readonly<Partial<Record<Method, ShiftMetrics>>> {
    return new ByMethod((method) => this.#metrics(method)) as Partial<Record<Method, ShiftMetrics>>;
  }

  #metrics(method: Method): ShiftMetrics | undefined {
    const bit = 1 << METHODS.indexOf(method);
    if ((this.#defined & bit) === 0) return undefined;
    let position = 0;
    for (let before = 1; before < bit; before <<= 1) if ((this.#defined & before) > 0) position++;
    const { figures } = this.#row;
    const at = this.#row.at + position * SHIFT_FIGURES;
    const metrics: Mutable<ShiftMetrics> = {
      w1: figures[at],
      w1Location: figures[at + 1],
      w1Scale: figures[at + 2],
      w1Shape: figures[at + 3],
      ks: figures[at + 4],
      js: figures[at + 5],
      meanShift: figures[at + 6],
      logStdRatio: figures[at + 7],
      channelFrechet: figures[at + 8],
    };
    if ((this.#floors & bit) > 0)
      metrics.noiseFloor = { w1: figures[at + 9], ks: figures[at + 10], js: figures[at + 11] };
    return metrics;
  }

  plain(): RecordShift {
    const methods: Partial<Record<Method, ShiftMetrics>> = {};
    for (const method of METHODS) {
      const metrics = this.#metrics(method);
      if (metrics !== undefined) methods[method] = metrics;
    }
    return { record: this.record, reference: this.reference, methods };
  }
}

/** Figures of each method, made when they are looked at. */
class ByMethod<T> implements Readonly<Record<Method, T>> {
  readonly #of: (method: Method) => T;

  constructor(of: (method: Method) => T) {
    this.#of = of;
  }

  get none(): T {
    return this.#of('none');
  }
  get batch(): T {
    return this.#of('batch');
  }
  get layer(): T {
    return this.#of('layer');
  }
  get instance(): T {
    return this.#of('instance');
  }
  get group(): T {
    return this.#of('group');
  }
  get rms(): T {
    return this.#of('rms');
  }
}
