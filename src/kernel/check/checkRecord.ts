import type { LayerEntry, Layout, ParameterRole, RecordEntry } from '../../model/catalog';
import type { LayerCheck } from '../../model/check';
import { readVector } from '../methods/readLayerParameters';
import type { OpenFiles } from '../tensor/openFiles';
import { openTensorOf } from '../tensor/recordValues';
import { type Comparison, comparer, isOtherEpsilon, type Learned, roundEpsilon, roundingOf } from './compare';
import { alternatives, type Declaration, declarationOf, type Normalizing } from './normalizing';
import { forEachChunkOf, type ReadableTensor } from './tensorPair';
import { type UnitFigures, type UnitMap, unitCollector, unitMap } from './units';
import { explain, inWords } from './words';

/** Elements on which other explanations are tried; those that share statistics over samples still see all of them. */
const SEARCHED = 1 << 20;
/** Units beyond which an explanation is not tried. */
const MOST_UNITS = 1 << 22;
/** Share of elements that may be beyond rounding before the output counts as another one. */
const TOLERATED = 1e-3;

/**
 * Recomputes a normalization layer's output from its recorded input and its declared ε, groups, γ, β and mode, in
 * float64, and compares element by element; where they differ by more than rounding, looks for what explains the
 * output. Memory is bounded by chunks and units. Undefined where it cannot be told: a module that is no normalization
 * this knows, extents that differ, parameters that are not there, values that are not finite.
 */
export async function checkRecord(
  files: OpenFiles,
  layer: LayerEntry,
  layout: Layout,
  output: RecordEntry,
  input: RecordEntry,
  signal: AbortSignal,
): Promise<LayerCheck | undefined> {
  const { shape } = output;
  if (shape.join() !== input.shape.join() || layout.length !== shape.length) return undefined;
  const training = output.training ?? layer.training;
  const declaration = declarationOf(layer, shape, layout, input.dtype, training);
  const rounding = { input: roundingOf(input.dtype), output: roundingOf(output.dtype) };
  if (declaration === undefined || rounding.input === undefined || rounding.output === undefined)
    return undefined;
  const overSamples = declaration.kind === 'batch' && declaration.accepted.some(({ running }) => !running);
  if (overSamples && (input.samples !== undefined || output.samples !== undefined)) return undefined;
  const parameters = await readParameters(files, layer, output, declaration, shape);
  if (parameters === undefined) return undefined;
  const opened: ReadableTensor[] = [];
  try {
    for (const record of [input, output]) {
      const each = await openTensorOf(files, record, layout);
      opened.push(each);
      if (!each.axes.cOrder) return undefined;
    }
    return await checkTensors(opened, declaration, parameters, shape, layout, signal, {
      record: output.id,
      rounding: { input: rounding.input, output: rounding.output },
    });
  } finally {
    for (const { tensor } of opened) await tensor.close();
  }
}

interface Parameters {
  readonly learned: Learned;
  /** By channel. */
  readonly running?: { readonly mean: Float64Array; readonly variance: Float64Array };
}

/** γ, β and running statistics from the output's own file; undefined where one is missing or of another size. */
async function readParameters(
  files: OpenFiles,
  { parameters = {} }: LayerEntry,
  record: RecordEntry,
  { affineAxes }: Declaration,
  shape: readonly number[],
): Promise<Parameters | undefined> {
  const file = await files.fileOf(record);
  const read = async (role: ParameterRole): Promise<Float64Array | undefined | 'missing'> => {
    const key = parameters[role];
    if (key === undefined) return undefined;
    const size = affineAxes.reduce((product, axis) => product * shape[axis], 1);
    return (await readVector(file, key, size)) ?? 'missing';
  };
  const [gamma, beta, mean, variance] = [
    await read('weight'),
    await read('bias'),
    await read('running_mean'),
    await read('running_var'),
  ];
  if (gamma === 'missing' || beta === 'missing' || mean === 'missing' || variance === 'missing')
    return undefined;
  return {
    learned: { axes: affineAxes, ...(gamma && { gamma }), ...(beta && { beta }) },
    ...(mean !== undefined && variance !== undefined && { running: { mean, variance } }),
  };
}

/** What comparing takes besides the values. */
interface Context {
  readonly tensors: readonly ReadableTensor[];
  readonly parameters: Parameters;
  readonly channelAxis: number;
  readonly rounding: { readonly input: number; readonly output: number };
  readonly signal: AbortSignal;
}

async function checkTensors(
  tensors: readonly ReadableTensor[],
  declaration: Declaration,
  parameters: Parameters,
  shape: readonly number[],
  layout: Layout,
  signal: AbortSignal,
  { record, rounding }: { record: number; rounding: Context['rounding'] },
): Promise<LayerCheck | undefined> {
  const context: Context = { tensors, parameters, channelAxis: layout.indexOf('C'), rounding, signal };
  const { accepted, kind } = declaration;
  const size = shape.reduce((a, b) => a * b, 1);
  const whole = await compareWays(
    context,
    accepted.map((way) => ({ way, shape })),
    size,
    size,
  );
  if (whole === undefined) return undefined;
  const fitting = whole.find(({ way, comparison }) => fits(comparison, way));
  const { way: declared, comparison } = fitting ?? whole[0];
  const { compared, beyond, greatest } = comparison;
  const check = { record, compared, beyond, greatest, declared: inWords(declared, kind, layout) };
  if (fitting !== undefined) return check;

  const perSample = size / shape[0];
  const isFirst = layout[0] === 'N';
  const samples = isFirst ? Math.min(shape[0], Math.max(1, Math.floor(SEARCHED / perSample))) : shape[0];
  const searched = samples * perSample;
  const limited = [samples, ...shape.slice(1)];
  const placed = (way: Normalizing) => ({ way, shape: isFirst && way.axes.includes(0) ? shape : limited });
  const others = [declared, ...alternatives(declaration, shape, layout, parameters.running !== undefined)];
  const tried = await compareWays(context, others.map(placed), size, searched);
  if (tried === undefined) return undefined;
  const refitted = await compareWays(
    context,
    tried.flatMap(({ way, comparison: { epsilon } }) =>
      epsilon === undefined ? [] : [placed({ ...way, epsilon: roundEpsilon(epsilon) })],
    ),
    size,
    searched,
  );
  const sameWay = refitted?.find(
    ({ way, comparison: each }) =>
      fits(each, way) &&
      JSON.stringify({ ...way, epsilon: 0 }) === JSON.stringify({ ...declared, epsilon: 0 }),
  );
  const found =
    sameWay ?? [...tried, ...(refitted ?? [])].find(({ way, comparison: each }) => fits(each, way));
  return { ...check, mismatch: explain(declared, found?.way, kind, layout) };
}

function fits(comparison: Comparison, { epsilon }: Normalizing): boolean {
  return comparison.beyond <= TOLERATED * comparison.compared && !isOtherEpsilon(comparison, epsilon);
}

interface Place {
  readonly way: Normalizing;
  /** Extents of the part of the tensor that it is tried on. */
  readonly shape: readonly number[];
}

/**
 * Two passes: the statistics of every way's units, over `size` inputs where they run over samples; then the comparison
 * on the first `compared` elements. Undefined where a value is not finite.
 */
async function compareWays(
  { tensors, parameters, channelAxis, rounding, signal }: Context,
  places: readonly Place[],
  size: number,
  compared: number,
): Promise<{ way: Normalizing; comparison: Comparison }[] | undefined> {
  const ways = places.flatMap(({ way, shape }) => {
    if (way.running && parameters.running === undefined) return [];
    const map = unitMap(shape, way, channelAxis);
    const isLive = way.running !== true && way.identity !== true;
    return map.units > MOST_UNITS
      ? []
      : [
          {
            way,
            map,
            extent: shape.reduce((a, b) => a * b, 1),
            collector: isLive ? unitCollector(map) : undefined,
          },
        ];
  });
  let finite = true;
  await forEachChunkOf(
    tensors.slice(0, 1),
    size,
    ([input], from) => {
      finite &&= allFinite(input);
      if (!finite) return;
      for (const { collector, extent } of ways) {
        if (from < extent) collector?.add(input.subarray(0, extent - from), from);
      }
    },
    signal,
  );
  if (!finite) return undefined;
  const comparers = ways.map(({ way, map, collector }) => ({
    way,
    comparer: comparer(
      way,
      map,
      collector?.finish() ?? fixedFigures(map, way, parameters, channelAxis),
      parameters.learned,
      rounding,
    ),
  }));
  await forEachChunkOf(
    tensors,
    compared,
    ([input, output], from) => {
      finite &&= allFinite(output);
      if (finite) for (const each of comparers) each.comparer.add(input, output, from);
    },
    signal,
  );
  return finite
    ? comparers.map(({ way, comparer: each }) => ({ way, comparison: each.finish() }))
    : undefined;
}

function allFinite(values: Float32Array | Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] - values[i] !== 0) return false;
  return true;
}

/** Running statistics as those of the units (one a channel); for no normalization, none. */
function fixedFigures(
  { units }: UnitMap,
  { identity }: Normalizing,
  { running }: Parameters,
  channelAxis: number,
): UnitFigures {
  const count = new Float64Array(units).fill(Number.POSITIVE_INFINITY);
  if (identity || running === undefined || channelAxis < 0)
    return { count, mean: new Float64Array(units), variance: new Float64Array(units) };
  return { count, ...running };
}
