import { t } from '@vscode/l10n';
import type { NameFields } from './naming/nameFields';
import type { FoundTensor } from './tensors';

/** The part of the network or of its tensors that a record belongs to, if ranks do not hold different samples. */
export interface ParallelPart {
  /** The rank that distinguishes records of one layer: that of data parallelism, otherwise of tensor parallelism. */
  readonly rank: number | undefined;
  /**
   * Prefix of the layer's name: the ranks of the other kinds of parallelism, such as `pp1`; empty if there are none.
   */
  readonly prefix: string;
}

/** The kinds of parallelism whose ranks hold different layers, and an abbreviation of each. */
const PREFIXES = [
  ['pipelineRank', 'pp'],
  ['expertRank', 'ep'],
  ['tensorRank', 'tp'],
] as const satisfies readonly (readonly [keyof NameFields, string])[];

/**
 * Distinguishes the ranks of a run's records. Ranks of pipeline and expert parallelism hold different layers, possibly
 * with the same names; ranks of tensor parallelism hold different channels of the same samples. A kind with a single
 * rank is ignored.
 */
export function parallelParts(tensors: readonly FoundTensor[]): (tensor: FoundTensor) => ParallelPart {
  const isData = tensors.some(({ fields }) => fields.rank !== undefined);
  const telling = PREFIXES.filter(
    ([field]) =>
      (field !== 'tensorRank' || isData) && new Set(tensors.map(({ fields }) => fields[field])).size > 1,
  );
  return ({ fields }) => ({
    rank: isData ? fields.rank : fields.tensorRank,
    prefix:
      telling.length === 0
        ? ''
        : telling
            .flatMap(([field, word]) => (fields[field] === undefined ? [] : [`${word}${fields[field]}`]))
            .join('/'),
  });
}

/** A remark if the ranks of a run hold different channels of the same samples; otherwise undefined. */
export function tensorParallelRemark(tensors: readonly FoundTensor[]): string | undefined {
  const shards = new Set(tensors.filter(isTensorShard).map(({ fields }) => fields.tensorRank));
  return shards.size < 2
    ? undefined
    : t(
        'The {0} ranks are those of tensor parallelism: each holds its part of the channels, or a copy. They are shown one by one, because their records are no samples of one batch.',
        shards.size,
      );
}

/** Whether a record's rank is one of tensor parallelism, so that the ranks' records are not samples to merge. */
export function isTensorShard({ fields: { rank, tensorRank } }: FoundTensor): boolean {
  return rank === undefined && tensorRank !== undefined;
}
