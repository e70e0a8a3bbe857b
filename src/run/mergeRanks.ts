import type { DType, Layout, RecordEntry } from '../model/catalog';
import { type Problem, problemError } from '../model/problem';
import { stampOf } from './listing/listing';
import { type RecordKey, recordKey } from './naming/variants';
import { commonType, narrowingOf } from './narrowing';
import { isTensorShard } from './parallelParts';
import type { PlacedTensor } from './placement';

/** The records of one layer, step, phase and call on all ranks, seen as one. */
export interface MergedRecord extends RecordKey {
  /** All ranks of this phase and call, whether or not each has a record here. */
  readonly ranks: readonly number[];
  /** By rank, ascending. */
  readonly tensors: readonly PlacedTensor[];
}

/**
 * Puts the ranks' records of one step and variant together, where a run has several ranks: what synchronized batch
 * normalization sees. Records whose extents differ in more than the samples, or whose types differ, stay apart, with a
 * problem for each layer.
 */
export function mergeRanks(
  placed: readonly PlacedTensor[],
  layoutOf: (layer: string) => Layout,
): { readonly merged: readonly MergedRecord[]; readonly problems: readonly Problem[] } {
  const groups = new Map<string, PlacedTensor[]>();
  const ranksOf = new Map<string, Set<number>>();
  for (const each of placed) {
    if (each.rank === undefined || isTensorShard(each.tensor)) continue;
    const key = recordKey({ ...each, rank: undefined });
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
    const kind = recordKey({ layer: '', step: 0, phase: each.phase, call: each.call });
    const ranks = ranksOf.get(kind);
    if (ranks === undefined) ranksOf.set(kind, new Set([each.rank]));
    else ranks.add(each.rank);
  }
  const merged: MergedRecord[] = [];
  const problems = new Map<string, Problem>();
  for (const group of groups.values()) {
    const tensors = [...group].sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
    const { layer, step, phase, call } = tensors[0];
    const ranks = ranksOf.get(recordKey({ layer: '', step: 0, phase, call })) ?? new Set();
    // Distributions that were made while recording cannot be put together exactly.
    if (ranks.size < 2 || tensors.some(({ tensor }) => tensor.info.summarized !== undefined)) continue;
    const odd = tensors.find((each) => !fitTogether(tensors[0], each, layoutOf(layer)));
    if (odd === undefined) {
      merged.push({ layer, step, phase, call, ranks: [...ranks].sort((a, b) => a - b), tensors });
    } else if (!problems.has(layer)) {
      problems.set(layer, misfit(tensors[0], odd));
    }
  }
  return { merged, problems: [...problems.values()] };
}

function fitTogether(a: PlacedTensor, b: PlacedTensor, layout: Layout): boolean {
  const [first, second] = [a.tensor.info, b.tensor.info];
  return (
    commonType([first.dtype, second.dtype]) !== undefined &&
    first.shape.length === second.shape.length &&
    first.shape.every((extent, axis) => layout[axis] === 'N' || extent === second.shape[axis])
  );
}

function misfit(a: PlacedTensor, b: PlacedTensor): Problem {
  const describe = ({ rank, tensor: { info } }: PlacedTensor) =>
    `${info.dtype} [${info.shape.join(', ')}] on rank ${rank}`;
  const { header, info } = b.tensor;
  const message = `Layer ${a.layer} is ${describe(a)}, but ${describe(b)} at step ${a.step}, so the ranks are shown one by one.`;
  return problemError('layout', header.file.uri, message, info.name === '' ? undefined : info.name).problem;
}

/** Where the parts of a merged record lie, and the extents of all of them together under the layout. */
export function mergedRecord(
  { tensors }: MergedRecord,
  layout: Layout,
): Pick<RecordEntry, 'dtype' | 'shape' | 'parts' | 'samples' | 'narrowed'> {
  const samples = layout.indexOf('N');
  const together = tensors.reduce((sum, { tensor }) => sum + (tensor.info.shape[samples] ?? 0), 0);
  const isPartial = tensors.some(({ tensor }) => tensor.note?.samples !== undefined);
  const seen = tensors.map(({ tensor }) => tensor.note?.samples ?? tensor.info.shape[samples] ?? 0);
  const dtypes = tensors.map(({ tensor }) => tensor.info.dtype);
  const common = commonType(dtypes) ?? dtypes[0];
  return {
    dtype: common,
    ...narrowingOf(tensors),
    ...(isPartial && { samples: seen.reduce((sum, each) => sum + each, 0) }),
    shape: tensors[0].tensor.info.shape.map((extent, axis) => (axis === samples ? together : extent)),
    parts: tensors.map(({ rank = 0, tensor: { header, info } }) => ({
      rank,
      file: header.file.uri,
      tensor: info.name,
      shape: info.shape,
      ...(info.dtype !== common && { dtype: info.dtype as DType }),
      ...(info.slice !== undefined && { slice: info.slice }),
      ...stampOf(header.file),
    })),
  };
}
