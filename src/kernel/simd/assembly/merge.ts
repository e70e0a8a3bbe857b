// Blocks (blocks.ts) that a method maps in the same way have their inner cells added before they are re-binned: once
// for many blocks instead of once per block. Cells of one width are aligned to multiples of it, so nothing is split.

// biome-ignore lint/style/useImportType: AssemblyScript imports classes as values.
import { Fill } from './histogram';
import { addStretch, isMergeable } from './rebin';

const ROW: usize = 64;
/** Cells of a sum; every block's fit. */
const ROOM: i32 = 1024;
/** Cells whose values begin so much less than a cell apart are added as if they began at the same place. */
const SAME: f64 = 0.0009765625;

/** Cells of one width added up; the counts, uint32 each, follow. All of them are 0 before `begin` and from `end` on. */
@unmanaged
class Sum {
  width: f64;
  below: f64;
  /** Number of the first cell there is room for. */
  first: i32;
  /** Range of the cells with additions; empty if the bounds are equal. */
  begin: i32;
  end: i32;
  /** Target of the blocks. */
  sample: i32;
  channel: i32;

  @inline
  cells(): usize {
    return changetype<usize>(this) + SUM;
  }
}

const SUM: usize = 48;
/**
 * Two sums, with zeros before and after: widths are powers of two, and neighboring ones are summed next to each other.
 */
const SUMS: usize = memory.data(2 * (48 + 4 * ROOM), 16);

/**
 * Adds the inner cells of blocks to the histograms of methods that map all blocks of one key in the same way. `order`
 * has the block numbers, grouped by key; `keys` the key of each block, whose samples are all even or all odd; `offsets`
 * the start of its cells, counted from `cells`; `fills` the addresses of the methods' histograms.
 */
export function mergeBlocks(
  blocks: i32,
  order: usize,
  keys: usize,
  rows: usize,
  cells: usize,
  offsets: usize,
  units: usize,
  channels: i32,
  fills: usize,
  methods: i32,
): void {
  const even = changetype<Sum>(SUMS);
  const odd = changetype<Sum>(SUMS + SUM + ((<usize>ROOM) << 2));
  let key = -1;
  for (let i = 0; i < blocks; i++) {
    const block = load<i32>(order + ((<usize>i) << 2));
    const at = (<usize>block) << 2;
    const row = rows + <usize>block * ROW;
    if (!isMergeable(row)) continue;
    if (load<i32>(keys + at) !== key) {
      spread(even, fills, methods);
      spread(odd, fills, methods);
      key = load<i32>(keys + at);
    }
    const count = load<i32>(row, 40) - 2;
    const first = load<i32>(row, 44) + 1;
    const width = load<f64>(row, 48);
    const below = <f64>load<f32>(row, 60);
    const sum = reinterpret<i64>(width) & (1 << 52) ? odd : even;
    if (
      sum.end > sum.begin &&
      (width !== sum.width ||
        abs<f64>(below - sum.below) > SAME * width ||
        first < sum.first ||
        first + count > sum.first + ROOM)
    )
      spread(sum, fills, methods);
    if (sum.end === sum.begin) {
      const number = load<i32>(units + at);
      sum.width = width;
      sum.below = below;
      sum.first = first - ((ROOM - count) >> 1);
      sum.begin = ROOM;
      sum.end = 0;
      sum.sample = number / channels;
      sum.channel = number - sum.sample * channels;
    }
    add(sum, cells + ((<usize>(load<i32>(offsets + at) + 1)) << 1), first - sum.first, count);
  }
  spread(even, fills, methods);
  spread(odd, fills, methods);
}

/** Adds this number of cells, of 16 bits each, from position `begin` on. */
function add(sum: Sum, cells: usize, begin: i32, count: i32): void {
  sum.begin = min<i32>(sum.begin, begin);
  sum.end = max<i32>(sum.end, begin + count);
  let to = sum.cells() + ((<usize>begin) << 2);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const counts = v128.load(cells);
    v128.store(to, i32x4.add(v128.load(to), i32x4.extend_low_i16x8_u(counts)));
    v128.store(to, i32x4.add(v128.load(to, 16), i32x4.extend_high_i16x8_u(counts)), 16);
    cells += 16;
    to += 32;
  }
  for (; i < count; i++) {
    store<u32>(to, load<u32>(to) + <u32>load<u16>(cells));
    cells += 2;
    to += 4;
  }
}

/** Adds the sums to every method's histogram and clears them. */
function spread(sum: Sum, fills: usize, methods: i32): void {
  const count = sum.end - sum.begin;
  if (count <= 0) return;
  const cells = sum.cells() + ((<usize>sum.begin) << 2);
  const first = sum.first + sum.begin;
  const least = <f64>first * sum.width - sum.below;
  const greatest = <f64>(first + count) * sum.width - sum.below;
  for (let i = 0; i < methods; i++) {
    const fill = changetype<Fill>(<usize>load<u32>(fills + ((<usize>i) << 2)));
    addStretch<u32>(
      cells,
      count,
      first,
      sum.width,
      sum.below,
      least,
      greatest,
      false,
      fill.unitOf(sum.sample, sum.channel, 0),
      fill,
      fill.tableOf(sum.sample),
      fill.windowOf(sum.sample),
    );
  }
  memory.fill(cells, 0, (<usize>count) << 2);
  sum.begin = 0;
  sum.end = 0;
}
