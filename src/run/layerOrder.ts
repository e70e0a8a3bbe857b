import type { TensorFile } from '../formats/tensorFile';
import type { LayerOrder } from '../model/catalog';
import type { FileHeader } from './fileHeader';
import type { LayerGroup } from './joinLayers';
import { sortNaturally } from './naming/names';

/** Formats that list tensors in the order in which they were written: that of a dictionary or of calls. */
const ORDERED_FORMATS: ReadonlySet<string> = new Set(['torch', 'pickle', 'npz', 'tensorboard']);

/**
 * Whether a file keeps its tensors in the order in which they were written. HDF5 does so where its writer asked for
 * it (`track_order`); a list sorted by name says nothing about it. A list in the order of text sorting
 * (`layer10` before `layer2`) was sorted by its writer, whatever the format.
 */
export function keepsOrder({ format, tensors, summaries = [] }: TensorFile): boolean {
  if (format !== 'hdf5' && !ORDERED_FORMATS.has(format)) return false;
  const names = [...tensors, ...summaries].map(({ name }) => name);
  if (format === 'hdf5') return !isSorted(names);
  return !(isSorted(names) && !isNatural(names));
}

/** Layers in network order, as far as it is known, and the source of the order. */
export function orderLayers(
  groups: readonly LayerGroup[],
  said: readonly string[],
): { readonly ordered: readonly LayerGroup[]; readonly order: LayerOrder } {
  const positions = new Map([...said].reverse().map((name, index) => [name, said.length - 1 - index]));
  const positionOf = ({ names }: LayerGroup) =>
    names.map((name) => positions.get(name)).find((position) => position !== undefined) ?? said.length;
  if (groups.some((group) => positionOf(group) < said.length)) {
    const ordered = [...groups].sort((a, b) => positionOf(a) - positionOf(b));
    const isWhole = groups.every((group) => positionOf(group) < said.length);
    return { ordered, order: isWhole ? 'calls' : orderOf(groups) };
  }
  const order = orderOf(groups);
  return { ordered: order === 'numbers' ? sortNaturally(groups, fullName) : groups, order };
}

function fullName({ names }: LayerGroup): string {
  return names[0];
}

function orderOf(groups: readonly LayerGroup[]): LayerOrder {
  if (isOneFile(groups)) return 'file';
  return isNumbered(groups.map(fullName)) ? 'numbers' : 'names';
}

/** Whether one file that keeps its order has a tensor of every layer. */
function isOneFile(groups: readonly LayerGroup[]): boolean {
  let common: Set<FileHeader['file']> | undefined;
  for (const { tensors } of groups) {
    const files = new Set<FileHeader['file']>();
    for (const { tensor } of tensors) {
      const { file, keepsOrder } = tensor.header;
      if (keepsOrder === true && (common?.has(file) ?? true)) files.add(file);
    }
    if (files.size === 0) return false;
    common = files;
  }
  return common !== undefined;
}

/** Whether names differ in one number and nothing else: `layer_0`, `layer_1`, …. */
function isNumbered(names: readonly string[]): boolean {
  const [first, ...others] = names.map((name) => name.split(/(\d+)/u));
  if (first === undefined || others.some(({ length }) => length !== first.length)) return false;
  const different = first.flatMap((piece, i) => (others.some((pieces) => pieces[i] !== piece) ? [i] : []));
  return different.length === 1 && different[0] % 2 === 1;
}

function isSorted(names: readonly string[]): boolean {
  return names.every((name, i) => i === 0 || names[i - 1] <= name);
}

function isNatural(names: readonly string[]): boolean {
  return sortNaturally(names, (name) => name).every((name, i) => name === names[i]);
}
