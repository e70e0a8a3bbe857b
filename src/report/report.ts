import { findingsOf } from '../findings/findings';
import { verdictOf } from '../findings/verdict';
import {
  type AnalysisOptions,
  isDefined,
  METHODS,
  type Method,
  type MethodSummary,
  type NotApplicable,
  type RankSpread,
  type RecordShift,
  type RecordSummary,
  type RunningGap,
  type ShiftMetrics,
  type UnitStatistics,
} from '../model/analysis';
import {
  type LayerOrder,
  type Layout,
  type RecordDType,
  type RecordEntry,
  type RunCatalog,
  unrecognizedProblems,
  type Variant,
} from '../model/catalog';
import type { LayerCheck } from '../model/check';
import type { Finding, Verdict } from '../model/findings';
import { type LayerFormula, layerFormulas } from '../model/layerFormulas';
import { type Problem, withoutCause } from '../model/problem';
import { isOtherRun } from '../model/reference';
import type { ScalarCurve } from '../model/scalars';
import { storageRemark } from '../model/storage';
import { type ReportAssumption, reportAssumptions } from './assumptions';
import {
  type ComparedReport,
  type ReportComparison,
  reportComparison,
  type StepComparison,
  stepComparison,
} from './comparisonReport';
import { type Health, healthOf } from './health';

/** The report's JSON, `normscope-report/1`. NaN and infinities are null in it. */
export interface Report {
  readonly schema: 'normscope-report/1';
  readonly run: {
    readonly name: string;
    readonly roots: readonly string[];
    /** Remarks about the run that are not problems. */
    readonly remarks?: readonly string[];
    /** What was assumed of names, axes and layouts and could be otherwise. */
    readonly assumptions?: readonly ReportAssumption[];
  };
  readonly options: AnalysisOptions;
  readonly problems: readonly Problem[];
  /** What the run is, in a sentence: its first cause, or that nothing is unusual. */
  readonly verdict: Verdict;
  /** In the order in which to look at them. */
  readonly findings: readonly ReportFinding[];
  /** Source of the layer order; absent if the order is unknown. */
  readonly layerOrder?: Exclude<LayerOrder, 'names'>;
  /** Scalars of the run, such as the loss; absent if it has none. */
  readonly scalars?: readonly ReportScalar[];
  /** Present if another run is the reference. */
  readonly comparison?: ReportComparison;
  readonly layers: readonly ReportLayer[];
}

/** A scalar over its steps, which ascend. */
export interface ReportScalar {
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** A finding, with full names of layers and the phase, rank, and call instead of ids. */
export interface ReportFinding
  extends Omit<Finding, 'layer' | 'layers' | 'variant' | 'jump' | 'consequences'>,
    Variant {
  readonly layer?: string;
  readonly layers: readonly string[];
  readonly jump?: { readonly from: string; readonly to: string; readonly ratio: number };
  readonly consequences?: readonly ReportFinding[];
}

export interface ReportLayer {
  readonly name: string;
  readonly fullName: string;
  readonly layout: Layout;
  readonly layoutGuessed: boolean;
  readonly dtype: RecordDType;
  /** Present if the run contains histograms instead of the layer's values: why layout, ε, and G are fixed. */
  readonly summarized?: string;
  /** Present if rounding by the stored type affects the figures: how much, at the worst step. */
  readonly storage?: string;
  /** What a normalization layer with a recorded input computes. */
  readonly formulas?: readonly ReportFormula[];
  readonly steps: readonly ReportStep[];
}

/** What a layer computes at some steps, with the phase, rank, and call instead of ids. */
export interface ReportFormula extends Omit<LayerFormula, 'layer' | 'variant'>, Variant {}

/** One record, steps ascending. */
export interface ReportStep {
  readonly step: number;
  readonly phase?: string;
  readonly rank?: number;
  readonly call?: number;
  /** All of these ranks together. */
  readonly ranks?: readonly number[];
  readonly rankSpread?: RankSpread;
  readonly runningGap?: RunningGap;
  readonly health?: Health;
  /** How it compares with its record of the other run, if there is one. */
  readonly comparison?: StepComparison;
  /** Scale and shift were applied after every method. */
  readonly affine?: true;
  /** Batch normalization used the running statistics. */
  readonly running?: true;
  readonly shape: readonly number[];
  /** Type of the values in the file. */
  readonly dtype: RecordDType;
  /** The wider type that the tensor had, and what storing it cost; see {@link Narrowing}. */
  readonly storedFrom?: RecordDType;
  readonly storageError?: number;
  readonly overflowed?: number;
  readonly count: number;
  readonly nan: number;
  readonly posInf: number;
  readonly negInf: number;
  readonly zeros: number;
  readonly firstNonFinite?: { readonly kind: string; readonly index: readonly number[] };
  /** The options as they applied. */
  readonly epsilon: number;
  readonly groups: number;
  readonly layerScope: 'example' | 'position';
  readonly methods: Readonly<Record<Method, ReportMethod>>;
}

/** `undefined` says why a method does not apply to the record. */
export type ReportMethod = { readonly undefined: string } | ReportDistribution;

export interface ReportDistribution {
  readonly mean: number;
  readonly variance: number;
  readonly min: number;
  readonly max: number;
  readonly percentiles: Readonly<Record<string, number>>;
  readonly units?: UnitStatistics;
  readonly shift?: ShiftMetrics & { readonly reference: number };
}

/** What a report is made of: the catalog and whatever the kernel has computed of it. */
export interface ReportInput {
  readonly catalog: RunCatalog;
  readonly options: AnalysisOptions;
  readonly summaries: Iterable<RecordSummary>;
  readonly shifts: Iterable<RecordShift>;
  /** Problems in addition to the catalog's. */
  readonly problems: readonly Problem[];
  readonly checks: Iterable<LayerCheck>;
  readonly scalars: readonly ScalarCurve[];
  /** Present if another run is the reference in the options. */
  readonly comparison?: ComparedReport | undefined;
}

/** Assembles the report. Records without a summary (they failed) are not in it; their problems say why. */
export function buildReport(input: ReportInput): Report {
  const { catalog, options, summaries, shifts, problems, checks, scalars, comparison } = input;
  const summaryOf = byRecord(summaries);
  const shiftOf = byRecord(shifts);
  const checkOf = byRecord(checks);
  const compared = comparison && {
    join: comparison.join,
    comparisons: byRecord(comparison.comparisons),
  };
  const results = { summaries: summaryOf, shifts: shiftOf, checks: checkOf, comparison: compared };
  const findingsInput = { catalog, ...results, isComplete: true };
  const findings = findingsOf(findingsInput);
  const comparisonOf = comparison && stepComparison(comparison);
  const isOther = isOtherRun(options.reference);
  const referenceCatalog = comparison?.join.other ?? (isOther ? undefined : catalog);
  const assumptions = reportAssumptions(catalog, options);
  const formulas = layerFormulas(catalog, checkOf.values());
  const recordsOf = catalog.layers.map((): RecordEntry[] => []);
  for (const record of catalog.records) recordsOf[record.layer].push(record);
  const formulasOf = catalog.layers.map((): LayerFormula[] => []);
  for (const formula of formulas) formulasOf[formula.layer].push(formula);
  return {
    schema: 'normscope-report/1',
    run: {
      name: catalog.name,
      roots: catalog.roots,
      ...(catalog.remarks === undefined ? {} : { remarks: catalog.remarks }),
      ...(assumptions.length === 0 ? {} : { assumptions }),
    },
    options,
    problems: [...catalog.problems, ...unrecognizedProblems(catalog), ...problems].map(withoutCause),
    verdict: verdictOf(catalog, findings, summaryOf.keys()),
    findings: findings.map((finding) => reportFinding(catalog, finding)),
    ...(catalog.order === undefined || catalog.order === 'names' ? {} : { layerOrder: catalog.order }),
    ...(scalars.length === 0 ? {} : { scalars: scalars.map(reportScalar) }),
    ...(comparison && { comparison: reportComparison(findingsInput, comparison, findings) }),
    layers: catalog.layers.map((layer) => {
      const records = recordsOf[layer.id].sort((a, b) => a.step - b.step || a.variant - b.variant);
      const remark = storageRemark(records.map(({ id }) => summaryOf.get(id)?.storage));
      const overridden = Object.hasOwn(options.layouts, layer.fullName);
      return {
        name: layer.name,
        fullName: layer.fullName,
        layout: overridden ? options.layouts[layer.fullName] : layer.layout,
        layoutGuessed: overridden ? false : layer.layoutGuessed,
        dtype: layer.dtype,
        ...(layer.summarized === undefined ? {} : { summarized: layer.summarized }),
        ...(remark === undefined ? {} : { storage: remark }),
        ...reportFormulas(catalog, formulasOf[layer.id]),
        // Made when they are written: all steps of a long run take several times the memory of what they are made of.
        steps: lazyList(
          records.flatMap(({ id }) => summaryOf.get(id) ?? []),
          (summary) => {
            const record = catalog.records[summary.record];
            const health = healthOf(catalog, record, summary, summaryOf);
            const shift = shiftFrom(shiftOf.get(record.id), referenceCatalog);
            const step = reportStep(catalog, record.id, summary, shift, options, health);
            const found = comparisonOf?.(record.id);
            return found === undefined ? step : { ...step, comparison: found };
          },
        ),
      };
    }),
  };
}

/** A list whose elements are made of these items whenever they are looked at, and are not kept. */
function lazyList<T, U>(items: readonly T[], of: (item: T) => U): readonly U[] {
  const list: U[] = [];
  for (const [i, item] of items.entries())
    Object.defineProperty(list, i, { get: () => of(item), enumerable: true, configurable: true });
  return list;
}

function byRecord<T extends { readonly record: number }>(results: Iterable<T>): ReadonlyMap<number, T> {
  const found = new Map<number, T>();
  for (const each of results) found.set(each.record, each);
  return found;
}

function reportScalar({ name, steps, values }: ScalarCurve): ReportScalar {
  return { name, steps: [...steps], values: [...values] };
}

function reportFinding(catalog: RunCatalog, finding: Finding): ReportFinding {
  const { layer, layers, variant, jump, consequences, ...rest } = finding;
  const nameOf = (id: number) => catalog.layers[id].fullName;
  return {
    ...rest,
    ...(layer === undefined ? {} : { layer: nameOf(layer) }),
    layers: layers.map(nameOf),
    ...(variant === undefined ? {} : catalog.variants[variant]),
    ...(jump === undefined ? {} : { jump: { ...jump, from: nameOf(jump.from), to: nameOf(jump.to) } }),
    ...(consequences === undefined
      ? {}
      : { consequences: consequences.map((each) => reportFinding(catalog, each)) }),
  };
}

function reportFormulas(
  { variants }: RunCatalog,
  formulas: readonly LayerFormula[],
): Pick<ReportLayer, 'formulas'> {
  const own = formulas.map(({ layer: _, variant, ...formula }) => ({ ...formula, ...variants[variant] }));
  return own.length === 0 ? {} : { formulas: own };
}

function reportStep(
  catalog: RunCatalog,
  id: number,
  summary: RecordSummary,
  shift: ShiftFrom | undefined,
  options: AnalysisOptions,
  health: Health,
): ReportStep {
  const { step, variant, shape, dtype } = catalog.records[id];
  const { count, nan, posInf, negInf, zeros, firstNonFinite, epsilon, groups, layerScope } = summary;
  const { rankSpread, runningGap, affine, running, storage } = summary;
  const methods: Partial<Record<Method, ReportMethod>> = {};
  const { methods: all } = summary;
  for (const method of METHODS) methods[method] = reportMethod(method, all[method], shift, options);
  return {
    step,
    ...catalog.variants[variant],
    ...(rankSpread === undefined ? {} : { rankSpread }),
    ...(runningGap === undefined ? {} : { runningGap }),
    ...(Object.keys(health).length === 0 ? {} : { health }),
    ...(affine === undefined ? {} : { affine }),
    ...(running === undefined ? {} : { running }),
    shape,
    dtype,
    ...(storage === undefined ? {} : { storedFrom: storage.from }),
    ...(storage?.error === undefined ? {} : { storageError: storage.error }),
    ...(storage?.overflowed === undefined ? {} : { overflowed: storage.overflowed }),
    count,
    nan,
    posInf,
    negInf,
    zeros,
    ...(firstNonFinite === undefined ? {} : { firstNonFinite }),
    epsilon,
    groups,
    layerScope,
    methods: methods as Record<Method, ReportMethod>,
  };
}

/** A shift, and the step that it is measured from. */
type ShiftFrom = Pick<RecordShift, 'methods'> & { readonly step: number };

/** `from`: the run whose record is the reference; undefined if it is not at hand. */
function shiftFrom(shift: RecordShift | undefined, from: RunCatalog | undefined): ShiftFrom | undefined {
  return shift && from && { methods: shift.methods, step: from.records[shift.reference].step };
}

function reportMethod(
  method: Method,
  summary: MethodSummary | NotApplicable,
  shift: ShiftFrom | undefined,
  options: AnalysisOptions,
): ReportMethod {
  if (!isDefined(summary)) return { undefined: summary.reason };
  const { mean, variance, min, max, units } = summary;
  const percentiles: Record<string, number> = {};
  const { percentiles: values } = summary;
  for (const [i, p] of options.percentiles.entries()) percentiles[p] = values[i];
  const metrics = shift?.methods[method];
  return {
    mean,
    variance,
    min,
    max,
    percentiles,
    ...(units === undefined ? {} : { units }),
    ...(shift === undefined || metrics === undefined ? {} : { shift: { reference: shift.step, ...metrics } }),
  };
}
