import type { CounterField, MutableFields } from './nameFields';
import { without } from './without';

const FIELDS: Readonly<Record<string, CounterField>> = {
  dp: 'rank',
  tp: 'tensorRank',
  pp: 'pipelineRank',
  ep: 'expertRank',
};

/** Megatron's and DeepSpeed's `mp_rank_TT_PPP_EEE`: the ranks of tensor, pipeline and expert parallelism. */
const MEGATRON = /(?<![\p{L}\p{N}])mp_rank_(\d{2,5})(?:_(\d{3}))?(?:_(\d{3}))?(?![\p{L}\p{N}])/u;

/** Matches abbreviations, but not `dp_0.1`, which is a drop path. */
const ABBREVIATED = /(?<![\p{L}\p{N}])(dp|tp|pp|ep)[_=-]?(\d{1,5})(?![\p{L}\p{N}]|\.\d)/giu;

/**
 * Extracts the ranks of each kind of parallelism from a name. An abbreviation counts next to another one
 * (`tp0_pp1_dp2`) or as the whole name. Alone it could be anything, and `ep2` is an epoch.
 */
export function takeParallelRanks(text: string, fields: MutableFields): string {
  const megatron = MEGATRON.exec(text);
  if (megatron !== null) {
    fields.tensorRank ??= Number(megatron[1]);
    if (megatron[2] !== undefined) fields.pipelineRank ??= Number(megatron[2]);
    if (megatron[3] !== undefined) fields.expertRank ??= Number(megatron[3]);
    return without(text, megatron.index, megatron[0].length);
  }
  const found = [...text.matchAll(ABBREVIATED)];
  const kinds = new Set(found.map(([, word]) => word.toLowerCase()));
  const isWhole = found.length === 1 && found[0][0].length === text.length && !kinds.has('ep');
  if (kinds.size < 2 && !isWhole) return text;
  let rest = text;
  for (const match of found.reverse()) {
    const field = FIELDS[match[1].toLowerCase()];
    if (fields[field] !== undefined) continue;
    fields[field] = Number(match[2]);
    rest = without(rest, match.index, match[0].length);
  }
  return rest;
}
