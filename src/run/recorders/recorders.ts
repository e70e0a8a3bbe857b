import type { FileHeader, RecordInfo } from '../fileHeader';
import { stemOf } from '../listing/fileKinds';
import type { KnownTensor } from './knownTensor';
import { msprobeTensor } from './msprobe';
import { numberedKeys } from './numberedKeys';

/** Folders that recorders always create and whose names say nothing about their content. */
const OWN_FOLDERS = /^(?:dump_tensor_data|rank|blobs|tensor_dumps)$/u;

/** Whether a folder may be part of the name of a layer whose recorder was recognized. */
export function maySayLayer(folder: string): boolean {
  return !OWN_FOLDERS.test(folder);
}

/**
 * Reads the names of recorders that spell more than a layer and a step into them, and lists of dicts; a file of no
 * such recorder stays as it is. What a file says itself of a tensor stays.
 */
export function recogniseRecorder(header: FileHeader): FileHeader {
  const { file, tensors } = header;
  const stem = stemOf(file.name);
  const known =
    tensors.length === 1 && tensors[0].name === ''
      ? [msprobeTensor(stem)]
      : (transformerEngineTensors(stem, tensors) ??
        listedCalls(tensors, header.listedSteps) ??
        numberedKeys(tensors));
  if (known === undefined || known[0] === undefined) return header;
  return { ...header, tensors: tensors.map((info, i) => ({ ...known[i], ...info })) };
}

/**
 * Transformer Engine's debug dumps: a file for each layer and tensor, a dict of the values before and after
 * quantization, the iteration at the end of its name or in its folder's
 * [NVIDIA/TransformerEngine, debug/features/dump_tensors.py].
 */
function transformerEngineTensors(
  stem: string,
  tensors: readonly RecordInfo[],
): readonly KnownTensor[] | undefined {
  const isDump = ({ name }: RecordInfo) => name === 'high_precision' || name === 'quantized';
  if (tensors.length === 0 || !tensors.every(isDump)) return undefined;
  const [, base = stem, iteration] = /^(.+)_iter_(\d{1,15})$/u.exec(stem) ?? [];
  return tensors.map(({ name }) => ({
    layer: name === 'quantized' ? `${base}.quantized` : base,
    isNamed: true,
    ...(iteration !== undefined && { fields: { step: Number(iteration) } }),
  }));
}

/**
 * A hook that is called several times often appends to a list: a list of dicts, or a dict whose values are lists of
 * one length (nnsight). The place in such a list is the batch, not part of the name, or the step if the file lists as
 * many `steps`. A single list in a dict (`hidden_states`) rather counts layers, unless there are such steps.
 */
function listedCalls(
  tensors: readonly RecordInfo[],
  steps: readonly number[] = [],
): readonly KnownTensor[] | undefined {
  if (tensors[0]?.path === undefined) return undefined;
  // What a dict says itself of its tensors is stronger than its place in a list.
  if (tensors.some(({ layer }) => layer !== undefined)) return undefined;
  const fieldsAt = (index: number, count: number) =>
    steps.length === count ? { step: steps[index] } : { batch: index };
  const paths = tensors.flatMap(({ path }) => (path === undefined ? [] : [path]));
  if (paths.length !== tensors.length || paths.length === 0) return undefined;
  if (paths.every((path) => typeof path[0] === 'number' && path.length > 1)) {
    const count = new Set(paths.map(([batch]) => batch)).size;
    return paths.map(([batch, ...rest]) => ({
      layer: rest.join('.'),
      fields: fieldsAt(Number(batch), count),
    }));
  }
  const lists = new Map<string, number>();
  for (const path of paths) {
    if (typeof path.at(-1) !== 'number' || path.length < 2) return undefined;
    const name = path.slice(0, -1).join('.');
    lists.set(name, (lists.get(name) ?? 0) + 1);
  }
  const [length] = lists.values();
  const isTimed = steps.length === length;
  if ((lists.size < 2 && !isTimed) || length < 2 || [...lists.values()].some((each) => each !== length))
    return undefined;
  return paths.map((path) => ({
    layer: path.slice(0, -1).join('.'),
    fields: fieldsAt(Number(path.at(-1)), length),
  }));
}
