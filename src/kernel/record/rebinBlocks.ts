import { CHUNK_VALUES, type WasmArena } from '../simd/wasmArena';
import { cellsRoom, mapBlocksAlike, orderBlocks, writeOffsets } from './blockOrder';
import { ROW_FLOATS, ROW_INTEGERS } from './blocks';
import type { MethodHistogram } from './methodHistograms';
import { simdHistogram } from './simdHistogram';
import type { BlockHistograms } from './sufficientStatistics';

/** Blocks of neighboring samples; `firstSample` is the number of the first sample in the whole record. */
export interface PlacedBlocks {
  readonly contents: BlockHistograms;
  readonly firstSample: number;
}

/** Number of blocks that are processed and merged together: few enough to stay in a core's caches for every method. */
const BATCH = 4096;

/**
 * Counts the blocks' values into every method's grid. The values of a cell are spread evenly over it; the distribution
 * function is then rounded to whole counts, which add up. The values of blocks without cells are counted individually.
 */
export function rebinBlocks(
  all: readonly PlacedBlocks[],
  channels: number,
  targets: readonly MethodHistogram[],
  arena: WasmArena,
): void {
  const room = (bytes: number) => there(arena.room(bytes));
  const histograms = targets.map(({ maps, grid }) => {
    if (maps === undefined) throw new Error('Blocks have no map of units that span channels.');
    const { address, gather } = there(simdHistogram(arena, maps, grid, { segment: 0, withWindows: true }));
    return { address, gather, partition: maps.partition };
  });
  const batches = all.map(({ contents }) => batchesOf(contents));
  const most = (of: keyof Batch) => Math.max(...batches.flat().map((batch) => batch[of]));
  const largest = most('blocks');
  const [rowsAt, cellsAt] = [room(8 * ROW_FLOATS * largest), room(2 * most('cells'))];
  const keptAt = room(4 * most('kept'));
  const [unitsAt, offsetsAt, orderAt, keysAt] = Array.from({ length: 4 }, () => room(4 * largest));
  const fillsAt = room(4 * histograms.length);
  const shared: (typeof histograms)[] = [];
  for (const each of histograms) {
    const alike = shared.find(([{ partition }]) => mapBlocksAlike(partition, each.partition));
    if (alike === undefined) shared.push([each]);
    else alike.push(each);
  }

  for (const [i, { contents, firstSample }] of all.entries()) {
    const { rows, cells, units, kept } = contents;
    const pages = pageReader(kept);
    let [from, cell] = [0, 0];
    for (const batch of batches[i]) {
      const { blocks } = batch;
      const to = from + blocks;
      arena.float64(rowsAt, ROW_FLOATS * blocks).set(rows.subarray(ROW_FLOATS * from, ROW_FLOATS * to));
      arena.uint16(cellsAt, batch.cells).set(cells.subarray(cell, cell + batch.cells));
      pages.read(arena.float32(keptAt, batch.kept));
      const numbers = arena.int32(unitsAt, blocks);
      for (let k = 0; k < blocks; k++) numbers[k] = units[from + k] + firstSample * channels;
      writeOffsets(arena.int32(rowsAt, 2 * ROW_FLOATS * blocks), arena.int32(offsetsAt, blocks));
      for (const own of shared) {
        const [keys, order] = [arena.int32(keysAt, blocks), arena.int32(orderAt, blocks)];
        const isMerged = orderBlocks(numbers, channels, own[0].partition, keys, order);
        for (const { address } of own)
          arena.code.rebinBlocks(blocks, rowsAt, cellsAt, unitsAt, channels, keptAt, address, isMerged);
        if (!isMerged) continue;
        arena.uint32(fillsAt, own.length).set(own.map(({ address }) => address));
        arena.code.mergeBlocks(
          blocks,
          orderAt,
          keysAt,
          rowsAt,
          cellsAt,
          offsetsAt,
          unitsAt,
          channels,
          fillsAt,
          own.length,
        );
      }
      from = to;
      cell += batch.cells;
    }
  }
  for (const each of histograms) each.gather();
}

function there<T>(room: T | undefined): T {
  if (room === undefined) throw new Error('There is no room for the histograms of blocks.');
  return room;
}

/** The number of neighboring blocks that are processed together, and their cells and kept values. */
interface Batch {
  blocks: number;
  cells: number;
  kept: number;
}

function batchesOf({ rows, units }: BlockHistograms): Batch[] {
  const integers = new Int32Array(rows.buffer, rows.byteOffset, 2 * rows.length);
  const batches: Batch[] = [];
  let batch: Batch | undefined;
  for (let block = 0; block < units.length; block++) {
    const at = 2 * ROW_FLOATS * block;
    const count = integers[at + ROW_INTEGERS.cells];
    const kept = count < 0 ? integers[at + ROW_INTEGERS.values] : 0;
    if (batch === undefined || batch.blocks === BATCH || batch.kept + kept > CHUNK_VALUES) {
      batch = { blocks: 0, cells: 0, kept: 0 };
      batches.push(batch);
    }
    batch.blocks++;
    batch.cells += cellsRoom(count);
    batch.kept += kept;
  }
  return batches;
}

/** Reads consecutive pages as one array. */
function pageReader(pages: readonly Float32Array[]): { read(target: Float32Array): void } {
  let [page, at] = [0, 0];
  return {
    read: (target) => {
      for (let done = 0; done < target.length; ) {
        const part = pages[page].subarray(at, at + target.length - done);
        target.set(part, done);
        done += part.length;
        at += part.length;
        if (at === pages[page].length) [page, at] = [page + 1, 0];
      }
    },
  };
}
