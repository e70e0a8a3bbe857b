import { t } from '@vscode/l10n';
import type { DType, Layout, RecordEntry } from '../model/catalog';
import { type InTurns, inTurns } from '../model/inTurns';
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
 * Merges the ranks' records of one step and variant, which is what synchronized batch normalization sees. Records whose
 * shapes differ in more than the samples, or whose types differ, stay separate, with one problem per layer.
 */
export function* mergeRanks(
  placed: readonly PlacedTensor[],
  layoutOf: (layer: string) => Layout,
): InTurns<{ readonly merged: readonly MergedRecord[]; readonly problems: readonly Problem[] }> {
  const groups = new Map<string, PlacedTensor[]>();
  const ranksOf = new Map<string, Set<number>>();
  yield* inTurns(placed, (each) => {
    if (each.rank === undefined || isTensorShard(each.tensor)) return;
    const key = recordKey({ ...each, rank: undefined });
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
    const kind = recordKey({ layer: '', step: 0, phase: each.phase, call: each.call });
    const ranks = ranksOf.get(kind);
    if (ranks === undefined) ranksOf.set(kind, new Set([each.rank]));
    else ranks.add(each.rank);
  });
  const merged: MergedRecord[] = [];
  const problems = new Map<string, Problem>();
  yield* inTurns(groups.values(), (group) => {
    const tensors = [...group].sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
    const { layer, step, phase, call } = tensors[0];
    const ranks = ranksOf.get(recordKey({ layer: '', step: 0, phase, call })) ?? new Set();
    // Distributions that were made while recording cannot be put together exactly.
    if (ranks.size < 2 || tensors.some(({ tensor }) => tensor.info.summarized !== undefined)) return;
    const odd = tensors.find((each) => !fitTogether(tensors[0], each, layoutOf(layer)));
    if (odd === undefined) {
      merged.push({ layer, step, phase, call, ranks: [...ranks].sort((a, b) => a - b), tensors });
    } else if (!problems.has(layer)) {
      problems.set(layer, misfit(tensors[0], odd));
    }
  });
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
  const describe = ({ tensor: { info } }: PlacedTensor) => `${info.dtype} [${info.shape.join(', ')}]`;
  const { header, info } = b.tensor;
  const message = t(
    'The ranks of layer {0} cannot be merged at step {1}: rank {2} has {3}, rank {4} has {5}.',
    a.layer,
    a.step,
    a.rank ?? 0,
    describe(a),
    b.rank ?? 0,
    describe(b),
  );
  return problemError('layout', header.file.uri, message, info.name === '' ? undefined : info.name).problem;
}

/** The positions of a merged record's parts, and the merged shape under the layout. */
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
