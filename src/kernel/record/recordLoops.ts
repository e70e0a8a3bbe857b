import { METHODS } from '../../model/analysis';
import { COMPARING_BYTES } from '../simd/compareSketchesSimd';
import { newArena, type WasmArena } from '../simd/wasmArena';
import { BIN_MASS, SHAPE_ERROR } from '../statistics/distances';
import { packSketch } from './packedSketch';
import type { RecordSketch } from './recordSketch';

/** Bytes of a record to load, at most. Plain loops read larger ones. */
const RECORD_BYTES = 1 << 21;
/** Bytes for references, because each is compared with every step of its layer: those of several dozen layers. */
const REFERENCE_BYTES = 1 << 23;
/** Maximum number of percentiles. */
const MAX_PERCENTILES = 64;

/** Places of what is known of a method's comparison; src/kernel/simd/assembly/records.ts writes it. */
export enum ComparedAt {
  /** A {@link Known}, or −1 − i if the sketches are those of method i. */
  Known,
  W1,
  Ks,
  Js,
  Shape,
  Deviation,
  ChannelFrechet,
  Length,
}

/** Number of float64 results. */
const FOUND = METHODS.length * (1 + MAX_PERCENTILES);
const COMPARED = METHODS.length * ComparedAt.Length;

export enum Known {
  /** The method is not in both records. */
  Absent,
  Yes,
  /** Plain loops must compare it. */
  No,
}

/**
 * Loops over all methods of a record in one call. A record is loaded into the memory of an arena, where it stays until the
 * next one is. The plain loops, whose results are the same, are countsBelow, percentilesOf, and methodShift.
 */
export interface RecordLoops {
  /**
   * Loads a record and finds percentiles: for each method, 1 and they, or 0 where plain loops must find them, or where the
   * sketch is that of an earlier method. Undefined if plain loops must do it all. Valid until the next call.
   */
  percentiles(record: RecordSketch, percentiles: readonly number[]): Float64Array | undefined;
  /** Number of raw values of the loaded record that are below x, if its raw percentiles were found. */
  countBelow(x: number): number;
  /**
   * The v for which half of the nonzero raw values of the loaded record are in [-v, v], found in [0, greatest] by so many
   * bisections at most. See `countBelow`.
   */
  medianMagnitude(greatest: number, accuracy: number, bisections: number): number;
  /**
   * Compares all methods of a record with those of its reference, and loads the record: for each method, the numbers that
   * {@link ComparedAt} names. Undefined if plain loops must do it. Valid until the next call.
   */
  compare(reference: RecordSketch, record: RecordSketch): Float64Array | undefined;
}

let fastest: RecordLoops | false | undefined;

/** The loops in an arena of their own; undefined without WebAssembly SIMD. */
export function recordLoops(): RecordLoops | undefined {
  if (fastest === undefined) {
    const arena = newArena();
    fastest = (arena && recordLoopsIn(arena)) ?? false;
  }
  return fastest === false ? undefined : fastest;
}

/** The loops in an arena, which they keep; undefined if it has no room. */
export function recordLoopsIn(arena: WasmArena): RecordLoops | undefined {
  const room = takeRoom(arena);
  return room && loopsIn(arena, room);
}

/** Addresses of memory for records, for what comparing them needs, and for what is asked and found. */
interface Room {
  readonly packed: number;
  readonly current: number;
  readonly references: number;
  readonly comparing: number;
  readonly wanted: number;
  readonly found: number;
  readonly compared: number;
}

function takeRoom(arena: WasmArena): Room | undefined {
  const packed = arena.room(RECORD_BYTES);
  const current = arena.room(RECORD_BYTES);
  const references = arena.room(REFERENCE_BYTES);
  const comparing = arena.room(COMPARING_BYTES);
  const wanted = arena.room(8 * MAX_PERCENTILES);
  const found = arena.room(8 * FOUND);
  const compared = arena.room(8 * COMPARED);
  if (packed === undefined || current === undefined || references === undefined) return undefined;
  if (comparing === undefined || wanted === undefined) return undefined;
  return found === undefined || compared === undefined
    ? undefined
    : { packed, current, references, comparing, wanted, found, compared };
}

function loopsIn(arena: WasmArena, room: Room): RecordLoops {
  const { code } = arena;
  const { packed, current, references, comparing, wanted, found, compared } = room;
  const packedBytes = arena.uint8(packed, RECORD_BYTES);
  const wantedPercentiles = arena.float64(wanted, MAX_PERCENTILES);
  const foundPercentiles = arena.float64(found, FOUND);
  const results = arena.float64(compared, COMPARED);
  const referencesEnd = references + REFERENCE_BYTES;

  let loaded: RecordSketch | undefined;
  /** References that are loaded, and the times after which they are overwritten. */
  const kept = new WeakMap<RecordSketch, { readonly address: number; readonly time: number }>();
  let time = 0;
  let next = references;

  /** False if the loops do not apply to the record. */
  function copy(record: RecordSketch): boolean {
    const sent = packSketch(record);
    if (!('buffer' in sent) || sent.buffer.byteLength > RECORD_BYTES) return false;
    packedBytes.set(new Uint8Array(sent.buffer));
    return true;
  }

  function loadCurrent(record: RecordSketch): boolean {
    if (loaded === record) return true;
    const isLoaded = copy(record) && code.loadRecord(packed, current, current + RECORD_BYTES) > 0;
    loaded = isLoaded ? record : undefined;
    return isLoaded;
  }

  /** Address of a loaded reference; 0 if the loops do not apply to it. */
  function addressOf(reference: RecordSketch): number {
    const known = kept.get(reference);
    if (known?.time === time) return known.address;
    if (!copy(reference)) return 0;
    let end = code.loadRecord(packed, next, referencesEnd);
    if (end === 0) {
      next = references;
      time++;
      end = code.loadRecord(packed, next, referencesEnd);
      if (end === 0) return 0;
    }
    const address = next;
    kept.set(reference, { address, time });
    next = end;
    return address;
  }

  return {
    percentiles: (record, percentiles) => {
      if (percentiles.length > MAX_PERCENTILES || !loadCurrent(record)) return undefined;
      wantedPercentiles.set(percentiles);
      code.recordPercentiles(current, wanted, percentiles.length, found);
      return foundPercentiles;
    },
    countBelow: (x) => code.countBelow(current, x),
    medianMagnitude: (greatest, accuracy, bisections) =>
      code.medianMagnitude(current, greatest, accuracy, bisections),
    compare: (reference, record) => {
      const from = addressOf(reference);
      if (from === 0) return undefined;
      if (record !== reference && !loadCurrent(record)) return undefined;
      const to = record === reference ? from : current;
      code.compareRecords(from, to, comparing, BIN_MASS, SHAPE_ERROR, compared);
      return results;
    },
  };
}
