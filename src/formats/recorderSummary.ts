import { t } from '@vscode/l10n';
import * as v from 'valibot';
import type { ByteSource } from '../io/byteSource';
import { readBytes } from '../io/byteSource';
import { METHODS, type NotApplicable, type Range } from '../model/analysis';
import type { DType } from '../model/catalog';
import { problemError } from '../model/problem';
import { decoder } from './decode';
import type { TensorFile } from './tensorFile';
import type { DistributionSummary, SummaryInfo, TensorSummary } from './tensorSummary';

/**
 * Histograms that the recorder (media/recorder/normscope.py, `summarize=True`) wrote instead of values. The metadata
 * `normscope` of a step's file lists their keys (`summaries`: shape and dtype of each summarized tensor). Each key is a
 * tensor of bytes that are an inner safetensors file:
 *
 * - metadata `summary`: the JSON text of {@link summarySchema};
 * - `<method>.counts`: the histogram, U8, I16, I32 or F64; see {@link cellEdges};
 * - `<method>.channels`: [2, C], mean and biased standard deviation of each channel after the method, in float32, or in
 *   float64 if float32 is too coarse.
 */

/** Value for files of the recorder's first version, which lack `tailCells` in {@link distributionSchema}. */
const TAIL_CELLS = 32;
/** Maximum number of tail cells at which cells are wider than rounding. */
const MAX_TAIL_CELLS = 1 << 12;
/** Maximum number of cells of a histogram; the recorder stays far below it. */
const MAX_CELLS = 1 << 20;

/** Explains why the options of a summarized tensor cannot be changed. */
const summarizedReason = () =>
  t('The recorder saved histograms instead of values (summarize=True), so layout, ε, and G are fixed.');

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** JSON has no NaN and no infinities, so the recorder writes null. */
const figure = v.pipe(
  v.nullable(v.number()),
  v.transform((value) => value ?? Number.NaN),
);
const range = v.pipe(
  v.tuple([figure, figure]),
  v.transform(([min, max]): Range => ({ min, max })),
);

/** Element types that the recorder summarizes. */
const RECORDED_DTYPES = [
  'float64',
  'float32',
  'float16',
  'bfloat16',
  'float8_e4m3fn',
  'float8_e5m2',
] as const satisfies readonly DType[];

const listingSchema = v.record(
  v.string(),
  v.object({ shape: v.array(count), dtype: v.picklist(RECORDED_DTYPES) }),
);

const distributionSchema = v.object({
  mean: figure,
  variance: figure,
  min: figure,
  max: figure,
  /** Width of the window's cells. */
  width: v.pipe(v.number(), v.gtValue(0), v.finite()),
  /** Number of the window's first cell: it starts at first · width. */
  first: v.pipe(v.number(), v.finite()),
  window: v.pipe(count, v.maxValue(MAX_CELLS)),
  /** Number of counts before the window. */
  below: v.pipe(count, v.maxValue(MAX_CELLS)),
  /** Number of cells beyond the window over which their width about doubles. */
  tailCells: v.optional(v.pipe(count, v.minValue(1), v.maxValue(MAX_TAIL_CELLS)), TAIL_CELLS),
  unitCount: v.optional(count),
  unitMean: v.optional(range),
  unitVariance: v.optional(range),
  halves: v.optional(v.object({ w1: figure, ks: figure, js: figure })),
});
type Distribution = v.InferOutput<typeof distributionSchema>;

const summarySchema = v.object({
  layout: v.string(),
  epsilon: v.pipe(v.number(), v.gtValue(0)),
  groups: v.pipe(count, v.minValue(1)),
  layerScope: v.picklist(['example', 'position']),
  count,
  finite: count,
  nan: count,
  posInf: count,
  negInf: count,
  zeros: count,
  firstNonFinite: v.optional(
    v.object({ kind: v.picklist(['nan', 'posInf', 'negInf']), index: v.array(count) }),
  ),
  methods: v.object(
    v.entriesFromList(METHODS, v.union([v.object({ undefined: v.string() }), distributionSchema])),
  ),
});

/** The summarized tensors that a file's metadata lists; empty if there are none, or no valid ones. */
export function listedSummaries(metadata: ReadonlyMap<string, string>): readonly SummaryInfo[] {
  const text = metadata.get('normscope');
  if (text === undefined || !text.includes('"summaries"')) return [];
  try {
    const { summaries } = v.parse(v.object({ summaries: listingSchema }), JSON.parse(text));
    return Object.entries(summaries).map(([name, { shape, dtype }]) => ({
      name,
      shape,
      dtype,
      reason: summarizedReason(),
    }));
  } catch {
    return [];
  }
}

/** Reads one summary from its inner file. Throws `malformed` if it is invalid. */
export async function readRecorderSummary(inner: TensorFile, name: string): Promise<TensorSummary> {
  const fail = (message: string) => problemError('malformed', inner.path, message, name);
  const parsed = v.safeParse(summarySchema, parseJson(inner.metadata.get('summary')));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw fail(t('Invalid recorder summary: {0}: {1}.', v.getDotPath(issue) ?? 'summary', issue.message));
  }
  const { layout, epsilon, groups, layerScope, methods, firstNonFinite, ...counts } = parsed.output;
  const read: Partial<Record<(typeof METHODS)[number], DistributionSummary | NotApplicable>> = {};
  for (const method of METHODS) {
    const each = methods[method];
    read[method] =
      'undefined' in each ? { reason: each.undefined } : await readDistribution(inner, method, each, fail);
  }
  return {
    counts,
    ...(firstNonFinite === undefined ? {} : { firstNonFinite }),
    layout,
    epsilon,
    groups,
    layerScope,
    methods: read as TensorSummary['methods'],
  };
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readDistribution(
  inner: TensorFile,
  method: string,
  { width, first, window, below, tailCells, min, max, mean, variance, ...units }: Distribution,
  fail: (message: string) => Error,
): Promise<DistributionSummary> {
  const counts = await readNumbers(inner, `${method}.counts`, MAX_CELLS, fail);
  const channels = await readNumbers(inner, `${method}.channels`, 2 * MAX_CELLS, fail);
  if (below + window > counts.length || (counts.length === 0) !== (window === 0)) {
    throw fail(
      t(
        'Invalid recorder summary: {0} has {1} counts, too few for {2} cells and a window of {3}.',
        method,
        counts.length,
        below,
        window,
      ),
    );
  }
  const half = channels.length / 2;
  return {
    edges: cellEdges(width, first, window, below, counts.length, tailCells),
    counts,
    channelMean: channels.slice(0, half),
    channelStd: channels.slice(half),
    min,
    max,
    mean,
    variance,
    ...(units.unitCount !== undefined && { unitCount: units.unitCount }),
    ...(units.unitMean !== undefined && { unitMean: units.unitMean }),
    ...(units.unitVariance !== undefined && { unitVariance: units.unitVariance }),
    ...(units.halves !== undefined && { halves: units.halves }),
  };
}

/**
 * Edges of `cells` cells: cell k of the window is [(first + k)·width, (first + k + 1)·width); beyond the window, edge i
 * is tailCells·(2^(i/tailCells) − 1) widths away from it.
 */
export function cellEdges(
  width: number,
  first: number,
  window: number,
  below: number,
  cells: number,
  tailCells: number,
): Float64Array {
  const tail = (i: number) => tailCells * (2 ** (i / tailCells) - 1);
  return Float64Array.from({ length: cells + 1 }, (_, i) => {
    const k = i - below;
    const beyond = k < 0 ? -tail(-k) : k > window ? window + tail(k - window) : k;
    return (first + beyond) * width;
  });
}

async function readNumbers(
  inner: TensorFile,
  name: string,
  limit: number,
  fail: (message: string) => Error,
): Promise<Float64Array> {
  const info = inner.tensors.find((each) => each.name === name);
  const length = info?.shape.reduce((product, axis) => product * axis, 1) ?? 0;
  if (info === undefined || length > limit)
    throw fail(t('Invalid recorder summary: expected {0} with at most {1} values.', name, limit));
  if (length === 0) return new Float64Array(0);
  const source: ByteSource = await inner.openTensor(name);
  try {
    return Float64Array.from(decoder(info.dtype, info.littleEndian)(await readBytes(source, 0, source.size)));
  } finally {
    await source.close();
  }
}
