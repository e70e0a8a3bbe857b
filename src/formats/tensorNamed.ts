import type { TensorFile, TensorInfo } from './tensorFile';

const indexes = new WeakMap<TensorFile['tensors'], ReadonlyMap<string, TensorInfo>>();

/** Finds a tensor of a file by its name. The names are indexed once per file, because a file may have 100,000. */
export function tensorNamed({ tensors }: Pick<TensorFile, 'tensors'>, name: string): TensorInfo | undefined {
  if (tensors.length === 1) return tensors[0].name === name ? tensors[0] : undefined;
  const index = indexes.get(tensors) ?? new Map(tensors.map((info) => [info.name, info]));
  indexes.set(tensors, index);
  return index.get(name);
}
