import type { LayerEntry, Layout, ParameterRole, RecordEntry } from '../../model/catalog';
import type { LayerCheck } from '../../model/check';
import { readVector } from '../methods/readLayerParameters';
import type { Values } from '../statistics/moments';
import { type Precision, precisionOf } from '../statistics/precision';
import type { OpenFiles } from '../tensor/openFiles';
import { openTensorOf } from '../tensor/recordValues';
import { type Comparison, comparer, isOtherEpsilon, type Learned, roundEpsilon } from './compare';
import { alternatives, type Declaration, declarationOf, type Normalizing } from './normalizing';
import type { Rounding } from './rounding';
import { forEachChunkOf, type ReadableTensor } from './tensorPair';
import { serialErrors, type UnitFigures, type UnitMap, unitCollector, unitMap } from './units';
import { explain, inWords } from './words';

/** Elements on which other explanations are tried; those that share statistics over samples still see all of them. */
const SEARCHED = 1 << 20;
/** Units beyond which an explanation is not tried. */
const MOST_UNITS = 1 << 22;
/** Share of elements that may be beyond rounding before the output counts as another one. */
const TOLERATED = 1e-3;
/** Share of elements whose bound must tell their value for the output to count as what was declared. */
const RESOLVED = 0.5;
/** Share of the squared differences that a far better explanation leaves, at most. */
const UNEXPLAINED = 0.25;

/**
 * Recomputes a normalization layer's output from its recorded input and its declared ε, groups, γ, β and mode, in
 * float64, and compares element by element; where they differ by more than rounding, looks for what explains the
 * output. Memory is bounded by chunks and units. Undefined where it cannot be told: a module that is no normalization
 * this knows, extents that differ, parameters that are not there, values that are not finite, rounding that exceeds
 * what is to be told.
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
  const ofInput = precisionOf(input.dtype);
  const ofOutput = precisionOf(output.dtype);
  if (declaration === undefined || ofInput === undefined || ofOutput === undefined) return undefined;
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
    const { precision = ofInput } = parameters;
    return await checkTensors(opened, declaration, parameters, shape, layout, signal, {
      record: output.id,
      rounding: { input: ofInput, output: ofOutput, parameters: precision },
    });
  } finally {
    for (const { tensor } of opened) await tensor.close();
  }
}

interface Parameters {
  readonly learned: Learned;
  /** By channel. */
  readonly running?: { readonly mean: Float64Array; readonly variance: Float64Array };
  /** Of the coarsest of their types; absent where the layer has none. */
  readonly precision?: Precision;
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
  const precisions = file.tensors
    .filter(({ name }) => Object.values(parameters).includes(name))
    .flatMap(({ dtype }) => precisionOf(dtype) ?? []);
  const precision = precisions.sort((a, b) => b.relative - a.relative)[0];
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
    ...(precision !== undefined && { precision }),
  };
}

/** What comparing takes besides the values. */
interface Context {
  readonly tensors: readonly ReadableTensor[];
  readonly parameters: Parameters;
  readonly channelAxis: number;
  readonly rounding: Rounding;
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
  const places = accepted.map((way) => ({ way, shape }));
  const fittingOf = (compared: readonly Compared[]) =>
    compared.find(({ way, comparison }) => fits(comparison, way));
  let whole = await compareWays(context, places, size, size);
  if (whole === undefined || whole.length === 0) return undefined;
  if (fittingOf(whole) === undefined) {
    whole = await compareWays(context, places, size, size, true);
    if (whole === undefined) return undefined;
  }
  const fitting = fittingOf(whole);
  const { way: declared, comparison } = fitting ?? whole[0];
  const { compared, beyond, greatest, ofBound } = comparison;
  const check = { record, compared, beyond, greatest, ofBound, declared: inWords(declared, kind, layout) };
  if (fitting !== undefined) return comparison.telling < RESOLVED * compared ? undefined : check;

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
  const asKey = (way: Normalizing) => JSON.stringify({ ...way, epsilon: 0 });
  const candidates = [
    ...(refitted ?? []).filter(({ way }) => asKey(way) === asKey(declared)),
    ...tried,
    ...(refitted ?? []),
  ].filter(
    ({ way, comparison: each }) =>
      fits(each, way) && each.squares <= UNEXPLAINED * tried[0].comparison.squares,
  );
  const best = Math.min(...candidates.map(({ comparison: { squares } }) => squares));
  const found = candidates.find(({ comparison: { squares } }) => UNEXPLAINED * squares <= best);
  // No single element is beyond rounding: it takes an explanation to say that they are together.
  if (found === undefined && isWithin(comparison)) return check;
  return { ...check, mismatch: explain(declared, found?.way, kind, layout) };
}

function fits(comparison: Comparison, { epsilon }: Normalizing): boolean {
  return isWithin(comparison) && !isOtherEpsilon(comparison, epsilon);
}

/** Whether the elements are within rounding, one by one. */
function isWithin({ beyond, compared }: Comparison): boolean {
  return beyond <= TOLERATED * compared;
}

interface Place {
  readonly way: Normalizing;
  /** Extents of the part of the tensor that it is tried on. */
  readonly shape: readonly number[];
}

interface Compared {
  readonly way: Normalizing;
  readonly comparison: Comparison;
}

/**
 * Two passes: the statistics of every way's units, over `size` inputs where they run over samples; then the comparison
 * on the first `compared` elements. `serial`: in between, two more, for what serial sums in float32 add to the bounds.
 * Undefined where a value is not finite.
 */
async function compareWays(
  { tensors, parameters, channelAxis, rounding, signal }: Context,
  places: readonly Place[],
  size: number,
  compared: number,
  serial = false,
): Promise<Compared[] | undefined> {
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
  const forEachInput = (visit: (input: Values, from: number) => void) =>
    forEachChunkOf(tensors.slice(0, 1), size, ([input], from) => visit(input, from), signal);
  await forEachInput((input, from) => {
    finite &&= allFinite(input);
    if (!finite) return;
    for (const { collector, extent } of ways) {
      if (from < extent) collector?.add(input.subarray(0, extent - from), from);
    }
  });
  if (!finite) return undefined;
  const measured = ways.map(({ way, map, collector }) => {
    const live = collector?.finish();
    const errors = serial && live !== undefined ? serialErrors(map, live) : undefined;
    return { way, map, errors, figures: live ?? fixedFigures(map, way, parameters, channelAxis) };
  });
  if (measured.some(({ errors }) => errors !== undefined)) {
    await forEachInput((input, from) => {
      for (const { errors } of measured) errors?.addSums(input, from);
    });
    await forEachInput((input, from) => {
      for (const { errors } of measured) errors?.addSquares(input, from);
    });
  }
  const comparers = measured.map(({ way, map, errors, figures }) => {
    const complete = errors === undefined ? figures : { ...figures, serial: errors.finish() };
    return { way, comparer: comparer(way, map, complete, parameters.learned, rounding) };
  });
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
