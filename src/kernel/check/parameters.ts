import type { LayerEntry, ParameterRole, RecordEntry } from '../../model/catalog';
import { elementCount } from '../../model/elementCount';
import { readVector } from '../methods/readLayerParameters';
import { type Precision, precisionOf } from '../statistics/precision';
import type { OpenFiles } from '../tensor/openFiles';
import type { Affine } from './compare';

/** γ, β, and running statistics of a layer, as its file stores them. */
export interface Parameters extends Affine {
  /** Shape of γ, or of β if there is no γ. */
  readonly affineShape?: readonly number[];
  readonly running?: { readonly mean: Float64Array; readonly variance: Float64Array };
  /** Precision of the coarsest of their types; absent if the layer has no parameters. */
  readonly precision?: Precision;
}

/** Maximum number of elements of a layer's parameters to read. */
const MAX_ELEMENTS = 1 << 24;

/**
 * Reads the parameters from the file of the layer's output. Returns undefined if one is missing or their sizes differ.
 */
export async function readParameters(
  files: OpenFiles,
  { parameters = {} }: LayerEntry,
  record: RecordEntry,
): Promise<Parameters | undefined> {
  const file = await files.fileOf(record);
  const infos = new Map(file.tensors.map((info) => [info.name, info]));
  const read = async (role: ParameterRole) => {
    const info = infos.get(parameters[role] ?? '');
    if (info === undefined || elementCount(info.shape) > MAX_ELEMENTS) return undefined;
    return readVector(file, info.name, elementCount(info.shape));
  };
  const roles = Object.keys(parameters) as ParameterRole[];
  const values = new Map<ParameterRole, Float64Array>();
  for (const role of roles) {
    const vector = await read(role);
    if (vector === undefined) return undefined;
    values.set(role, vector);
  }
  const [gamma, beta] = [values.get('weight'), values.get('bias')];
  const [mean, variance] = [values.get('running_mean'), values.get('running_var')];
  if (gamma !== undefined && beta !== undefined && gamma.length !== beta.length) return undefined;
  if (mean?.length !== variance?.length) return undefined;
  const key = parameters.weight ?? parameters.bias;
  const precision = roles
    .flatMap((role) => precisionOf(infos.get(parameters[role] ?? '')?.dtype ?? 'unknown') ?? [])
    .sort((a, b) => b.relative - a.relative)[0];
  return {
    ...(gamma !== undefined && { gamma }),
    ...(beta !== undefined && { beta }),
    ...(key !== undefined && { affineShape: infos.get(key)?.shape ?? [] }),
    ...(mean !== undefined && variance !== undefined && { running: { mean, variance } }),
    ...(precision !== undefined && { precision }),
  };
}

/**
 * Returns the axes of a tensor along which γ and β of this shape may run, one list of axes for each possibility,
 * likeliest first.
 */
export function possibleAffineAxes(
  affine: readonly number[],
  shape: readonly number[],
  channelAxis: number,
): readonly (readonly number[])[] {
  const own = affine.filter((extent) => extent !== 1);
  if (own.length === 0) return [[]];
  const found: number[][] = [];
  const offset = shape.length - affine.length;
  const isBroadcast =
    affine.length > 1 &&
    offset >= 0 &&
    affine.every((extent, i) => extent === 1 || extent === shape[i + offset]);
  if (isBroadcast) found.push(affine.flatMap((extent, i) => (extent === 1 ? [] : [i + offset])));
  if (own.length === 1 && !isBroadcast) {
    const axes = shape.flatMap((extent, axis) => (extent === own[0] ? [axis] : []));
    found.push(
      ...axes.sort((a, b) => Number(b === channelAxis) - Number(a === channelAxis)).map((axis) => [axis]),
    );
  }
  return found;
}
