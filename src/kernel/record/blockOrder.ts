import type { Partition } from '../methods/partition';
import { ROW_FLOATS, ROW_INTEGERS } from './blocks';

/**
 * Returns whether two methods map the same blocks in the same way: the blocks of a unit, or all blocks of a channel if
 * samples make no difference.
 */
export function mapBlocksAlike(a: Partition, b: Partition): boolean {
  if (a.nStride === 0 || b.nStride === 0) return a.nStride === b.nStride;
  return a.nStride === b.nStride && a.channelUnit.every((unit, c) => unit === b.channelUnit[c]);
}

/** Approximate number of blocks per key above which merging them saves time. */
const WORTH_MERGING = 4;

/**
 * Groups blocks that the methods of a partition map in the same way and whose samples are all even or all odd. Writes
 * each block's key, and the block numbers in the order of their keys. `units` contains n·C + c of each block. Returns
 * false, with undefined contents in the outputs, if hardly any two blocks share a key.
 */
export function orderBlocks(
  units: Int32Array,
  channels: number,
  { nStride, channelUnit }: Partition,
  keys: Int32Array,
  order: Int32Array,
): boolean {
  if (units.length === 0) return false;
  const firstSample = Math.floor(units[0] / channels);
  let most = 0;
  for (let block = 0; block < units.length; block++) {
    const sample = Math.floor(units[block] / channels);
    const channel = units[block] - sample * channels;
    const key =
      nStride === 0 ? 2 * channel + (sample & 1) : (sample - firstSample) * nStride + channelUnit[channel];
    keys[block] = key;
    if (key > most) most = key;
  }
  // Counting sort: the start of each key's blocks.
  const starts = new Int32Array(most + 2);
  for (let block = 0; block < keys.length; block++) starts[keys[block] + 1]++;
  let distinct = 0;
  for (let key = 0; key <= most; key++) {
    if (starts[key + 1] > 0) distinct++;
    starts[key + 1] += starts[key];
  }
  if (WORTH_MERGING * distinct > units.length) return false;
  for (let block = 0; block < keys.length; block++) order[starts[keys[block]]++] = block;
  return true;
}

/** Writes the start of each block's cells. `integers` contains the blocks' rows. */
export function writeOffsets(integers: Int32Array, offsets: Int32Array): void {
  let offset = 0;
  for (let block = 0; block < offsets.length; block++) {
    offsets[block] = offset;
    offset += cellsRoom(integers[2 * ROW_FLOATS * block + ROW_INTEGERS.cells]);
  }
}

/** Returns the number of cells that a block occupies, given its cell count. */
export function cellsRoom(count: number): number {
  return Math.max(0, (count + 7) & ~7);
}
