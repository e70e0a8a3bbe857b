// One method's histogram: its fields, the units' maps in float64, and the cells of a table.

/** Tail cells double their width every 2^TAIL_BITS cells. */
const TAIL_BITS: i32 = 6;

/** One method's histogram of a record; src/kernel/record/simdHistogram.ts writes it. */
@unmanaged
export class Fill {
  /** Unit of sample n, channel c and position p: n · nStride + p · pStride + channelUnit[c]. */
  nStride: i32;
  pStride: i32;
  channelUnit: usize;
  /** Number of neighbors in a run that are in one unit, followed by the next unit; 0 if all are in one. */
  segment: i32;
  units: i32;
  /** float64 per unit: value x is at position (x − shift)·scale + offset of the grid, in cells. No offsets: 0. */
  shift: usize;
  scale: usize;
  offset: usize;
  /** Written by {@link writePlaces}. */
  places: usize;
  /** Cells below, in, and above the window, in this order in each table. */
  below: i32;
  size: i32;
  above: i32;
  /** Number of values that were placed one by one within their cells. */
  placed: u32;
  /** Of the even and the odd samples: tables of counts, uint32 each, with room for three more; and windows of rebin.ts. */
  even: usize;
  odd: usize;
  evenWindow: usize;
  oddWindow: usize;
  /** Number of the window's first cell. */
  first: f64;

  @inline tableOf(sample: i32): usize {
    return sample & 1 ? this.odd : this.even;
  }

  @inline
  windowOf(sample: i32): usize {
    return sample & 1 ? this.oddWindow : this.evenWindow;
  }

  @inline unitOf(sample: i32, channel: i32, position: i32): i32 {
    return (
      sample * this.nStride + position * this.pStride + load<i32>(this.channelUnit + ((<usize>channel) << 2))
    );
  }

  @inline shiftOf(unit: i32): f64 {
    return load<f64>(this.shift + ((<usize>unit) << 3));
  }

  @inline
  scaleOf(unit: i32): f64 {
    return load<f64>(this.scale + ((<usize>unit) << 3));
  }

  /** (x − shift)·scale + start is a place within the window. */
  @inline
  startOf(unit: i32): f64 {
    return this.offset ? load<f64>(this.offset + ((<usize>unit) << 3)) - this.first : -this.first;
  }

  @inline
  placeOf(x: f64, unit: i32): f64 {
    return (x - this.shiftOf(unit)) * this.scaleOf(unit) + this.startOf(unit);
  }
}

/** Cell of the table at a place within the window, in float64; a tail's outermost holds whatever is farther. */
export function cellAt(fill: Fill, place: f64): i32 {
  const below = fill.below;
  const size = fill.size;
  if (place < 0) return max<i32>(0, below - 1 - tailIndex(-place));
  if (place < <f64>size) return below + <i32>place;
  return min<i32>(below + size + fill.above - 1, below + size + tailIndex(place - <f64>size));
}

/** As `tailIndex` of src/kernel/statistics/sketch.ts: the upper bits of a float64 are linear within each power of two. */
export function tailIndex(distance: f64): i32 {
  const y = 1 + distance / <f64>(1 << TAIL_BITS);
  return <i32>(reinterpret<i64>(y) >> (52 - TAIL_BITS)) - (1023 << TAIL_BITS);
}

export function addAt(fill: Fill, table: usize, place: f64, count: i32): void {
  const at = table + ((<usize>cellAt(fill, place)) << 2);
  store<u32>(at, load<u32>(at) + <u32>count);
}

/** Counts a value that is outside the window in float32; not if it is not finite. */
export function addOutside(x: usize, unit: i32, fill: Fill, table: usize): void {
  const value = load<f32>(x);
  if (value - value === 0) addAt(fill, table, fill.placeOf(<f64>value, unit), 1);
}
