import { decoder } from '../formats/decode';
import { ITEM_SIZE } from '../formats/dtype';
import type { TensorFile, TensorInfo } from '../formats/tensorFile';
import { readBytes } from '../io/byteSource';
import { oncePer } from '../model/oncePer';
import { type Problem, toProblem } from '../model/problem';
import { layoutOfNames, rolesOfNames } from './dimensions';
import type { ArrayAxes, RecordInfo } from './fileHeader';
import type { Sidecar } from './metadata/sidecar';

/** What the names of axes in a file say. */
export interface NamedAxes {
  /** Names of the tensors that hold positions along axes; they are no records. */
  readonly coordinates: ReadonlySet<string>;
  /** By tensor: which of its axes are steps and layers. */
  readonly axes: ReadonlyMap<string, ArrayAxes>;
  /** By tensor: the layout of its other axes. */
  readonly layouts: ReadonlyMap<string, string>;
}

const NO_AXES: NamedAxes = { coordinates: new Set(), axes: new Map(), layouts: new Map() };

const tensorsWithAxes = oncePer((tensors: readonly TensorInfo[]) =>
  tensors.filter(({ dimensions }) => dimensions !== undefined),
);

/** Positions along an axis of steps that are read. */
const MAX_POSITIONS = 100_000;

/**
 * Reads the names that a file gives to axes (dimension scales of HDF5, `dimension_names` and `_ARRAY_DIMENSIONS` of
 * zarr). The tensors that hold the positions along an axis, its scales or those of its name, give the numbers of steps.
 * One that cannot be read is added to `problems`.
 */
export async function readNamedAxes(file: TensorFile, problems: Problem[]): Promise<NamedAxes> {
  const named = tensorsWithAxes(file.tensors);
  if (named.length === 0) return NO_AXES;
  const coordinates = new Set<string>();
  const axes = new Map<string, ArrayAxes>();
  const layouts = new Map<string, string>();
  const byName = new Map(file.tensors.map((info) => [info.name, info]));
  const positions = new Map<string, Promise<readonly number[] | undefined>>();
  for (const info of named) {
    const found = (info.dimensions ?? []).map((_, axis) => coordinatesOf(info, axis, byName));
    for (const each of found.flat()) coordinates.add(each.name);
    const names = (info.dimensions ?? []).map(({ name }) => name);
    const roles = rolesOfNames(names);
    const layout = layoutOfNames(
      roles === undefined ? names : names.filter((_, axis) => roles[axis] === null),
    );
    if (layout !== undefined) layouts.set(info.name, layout);
    if (roles === undefined) continue;
    const [along] = found[roles.indexOf('step')] ?? [];
    let steps: readonly number[] | undefined;
    if (along !== undefined) {
      const reading = positions.get(along.name) ?? readPositions(file, along, problems);
      positions.set(along.name, reading);
      steps = await reading;
    }
    axes.set(info.name, { roles, ...(steps !== undefined && { steps }) });
  }
  return { coordinates, axes, layouts };
}

/** The vectors that lie along an axis: its scales, else the vector of its name in the tensor's group or one around it. */
function coordinatesOf(
  info: TensorInfo,
  axis: number,
  byName: ReadonlyMap<string, TensorInfo>,
): readonly TensorInfo[] {
  const { name, scales = [] } = info.dimensions?.[axis] ?? {};
  const isAlong = (each: TensorInfo | undefined): each is TensorInfo =>
    each !== undefined && each !== info && each.shape.length === 1 && each.shape[0] === info.shape[axis];
  const attached = scales.map((scale) => byName.get(scale)).filter(isAlong);
  if (attached.length > 0 || name === undefined) return attached;
  const groups = info.name.split('/').slice(0, -1);
  for (let depth = groups.length; depth >= 0; depth--) {
    const each = byName.get([...groups.slice(0, depth), name].join('/'));
    if (isAlong(each)) return [each];
  }
  return [];
}

/** The numbers along an axis of steps; undefined where they are no distinct numbers from 0. */
async function readPositions(
  file: TensorFile,
  info: TensorInfo,
  problems: Problem[],
): Promise<readonly number[] | undefined> {
  if (info.shape[0] > MAX_POSITIONS || hasNoValues(info)) return undefined;
  try {
    const source = await file.openTensor(info.name);
    try {
      const bytes = await readBytes(source, 0, info.shape[0] * ITEM_SIZE[info.dtype]);
      const values = [...decoder(info.dtype, info.littleEndian)(bytes)];
      const isNumbering = values.every((value) => Number.isFinite(value) && value >= 0);
      return isNumbering && new Set(values).size === values.length ? values : undefined;
    } finally {
      await source.close();
    }
  } catch (error) {
    problems.push(toProblem(error, file.path, info.name));
    return undefined;
  }
}

/** NetCDF keeps a dimension without positions as a dataset that says so [NetCDF-4, file format specification]. */
function hasNoValues({ metadata }: TensorInfo): boolean {
  return metadata?.get('NAME')?.startsWith('This is a netCDF dimension but not a netCDF variable') === true;
}

/** The records of a file with what the names of their axes say, and its layouts among the settings of layers. */
export function withNamedAxes(
  tensors: readonly RecordInfo[],
  sidecar: Sidecar,
  { axes, layouts }: NamedAxes,
): { readonly tensors: readonly RecordInfo[]; readonly sidecar: Sidecar } {
  if (axes.size + layouts.size === 0) return { tensors, sidecar };
  const layers = new Map(sidecar.layers);
  for (const [name, layout] of layouts) layers.set(name, { layout, ...layers.get(name) });
  return {
    sidecar: { ...sidecar, layers },
    tensors: tensors.map((info) => {
      const own = axes.get(info.name);
      return own === undefined ? info : { ...info, axes: own };
    }),
  };
}
