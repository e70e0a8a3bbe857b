// A distribution as the numbers of values below the edges of its cells (int32, here called ranks).

/** Number of ranks beyond the last edge that are written, so that loops may read whole vectors. */
export const SLACK: i32 = 8;
/** Edges before the first and after the last one that comparing a distribution with others may take too. */
export const SPARE: i32 = 256;
/** Bytes before the first rank, and after the last. */
export const MARGIN: usize = 4 * SPARE + 64;

/**
 * Writes the ranks of a distribution's edges from counts as src/kernel/statistics/sketch.ts packs them, beginning with a
 * cell that has values. Before them come `SPARE` times 0, and after them as often the number of all values, and more for
 * whole vectors. Returns the number of the last edge; 0 if there are more than `limit` cells.
 */
export function unpackRanks(packed: usize, length: i32, limit: i32, ranks: usize): i32 {
  const end = packed + ((<usize>length) << 2);
  const most = ranks + ((<usize>limit) << 2);
  const nothing = i32x4.splat(0);
  fill(ranks - ((<usize>SPARE) << 2), SPARE + 1, 0);
  let edge = ranks;
  let total = nothing;
  let at = packed;
  while (at < end) {
    const counts = v128.load(at);
    if (i32x4.all_true(counts) && at + 16 <= end) {
      const pairs = i32x4.add(counts, v128.shuffle<i32>(nothing, counts, 0, 4, 5, 6));
      const sums = i32x4.add(pairs, v128.shuffle<i32>(nothing, pairs, 0, 1, 4, 5));
      const ranked = i32x4.add(total, sums);
      v128.store(edge, ranked, 4);
      total = v128.shuffle<i32>(ranked, ranked, 3, 3, 3, 3);
      edge += 16;
      at += 16;
    } else {
      // A cell, and the gap that may be before it: without a branch that is hard to predict.
      const isGap = <u32>(load<i32>(at) === 0);
      const gap = load<u32>(at, 4) & (0 - isGap);
      if (gap > <u32>((most - edge) >> 2)) return 0;
      at += (<usize>isGap) << 3;
      const next = edge + ((<usize>gap) << 2);
      do {
        v128.store(edge, total, 4);
        v128.store(edge, total, 20);
        edge += 32;
      } while (edge < next);
      total = i32x4.add(total, v128.load32_splat(at));
      v128.store(next, total, 4);
      at += 4;
      edge = next + 4;
    }
    if (edge > most) return 0;
  }
  fill(edge, SPARE + SLACK, i32x4.extract_lane(total, 0));
  return <i32>((edge - ranks) >> 2);
}

/** Writes `many` equal numbers, and up to three more. */
export function fill(to: usize, many: i32, value: i32): void {
  const values = i32x4.splat(value);
  const end = to + ((<usize>many) << 2);
  for (let at = to; at < end; at += 16) v128.store(at, values);
}

/** Writes the ranks of common edges. */
export function writeRanks(ranks: usize, last: i32, start: i32, step: i32, edges: i32, to: usize): void {
  const before = start < 0 ? min<i32>(edges, (step - 1 - start) / step) : 0;
  const within = last < start ? before : min<i32>(edges, (last - start) / step + 1);
  fill(to, before, 0);
  if (step === 1) {
    const from = ranks + ((<usize>start) << 2);
    for (let k = before; k < within; k += 4)
      v128.store(to + ((<usize>k) << 2), v128.load(from + ((<usize>k) << 2)));
  } else {
    for (let k = before; k < within; k++)
      store<i32>(to + ((<usize>k) << 2), load<i32>(ranks + ((<usize>(start + k * step)) << 2)));
  }
  fill(to + ((<usize>within) << 2), edges + SLACK - 3 - within, load<i32>(ranks + ((<usize>last) << 2)));
}

/** The rank of an edge, which may be before the first or after the last. */
export function rankAt(ranks: usize, last: i32, edge: i32): i32 {
  return load<i32>(ranks + ((<usize>max<i32>(-1, min<i32>(edge, last))) << 2));
}

/** Lanes 2 and 3 in both halves. */
export function upper(numbers: v128): v128 {
  return v128.shuffle<i32>(numbers, numbers, 2, 3, 2, 3);
}
