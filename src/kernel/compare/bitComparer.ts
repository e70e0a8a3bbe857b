import { ITEM_SIZE } from '../../formats/dtype';
import type { DType } from '../../model/catalog';
import { DISTANCES_32, DISTANCES_64, ordinalDistance, ordinalTable } from './ordinals';

/** Compares elements bit by bit and counts those that differ. */
export interface BitComparer {
  /**
   * Compares the elements [from, to) of two arrays of little-endian elements, which must be aligned to their size.
   * Returns the place of the first that differs; -1 if none does.
   */
  compare(a: Uint8Array, b: Uint8Array, from: number, to: number): number;
  /** Elements that differed so far. */
  readonly elements: number;
  /** The largest distance so far; see {@link UlpDistance}. */
  readonly ulps: number;
}

/** What one comparison found: the place of the first difference or -1, how many there are, and the largest distance. */
type Found = readonly [first: number, elements: number, ulps: number];
type Compare = (a: Uint8Array, b: Uint8Array, from: number, to: number) => Found;

export function bitComparer(dtype: DType): BitComparer {
  const compare = ITEM_SIZE[dtype] === 8 ? compare64(dtype) : compareCodes(dtype);
  let [elements, ulps] = [0, 0];
  return {
    compare: (a, b, from, to) => {
      const [first, count, most] = compare(a, b, from, to);
      elements += count;
      ulps = Math.max(ulps, most);
      return first;
    },
    get elements() {
      return elements;
    },
    get ulps() {
      return ulps;
    },
  };
}

/** Of types of up to 32 bits. */
function compareCodes(dtype: DType): Compare {
  const width = ITEM_SIZE[dtype];
  const distance = width === 4 ? DISTANCES_32[dtype] : tableDistance(dtype);
  if (distance === undefined) throw new Error(`The numbers of ${dtype} have no order.`);
  const codes = width === 4 ? int32Codes : width === 2 ? uint16Codes : (bytes: Uint8Array) => bytes;
  return (a, b, from, to) => {
    const [codesA, codesB] = [codes(a), codes(b)];
    let [first, count, most] = [-1, 0, 0];
    for (let i = from; i < to; i++) {
      const codeA = codesA[i];
      const codeB = codesB[i];
      if (codeA === codeB) continue;
      if (first < 0) first = i;
      count++;
      const apart = distance(codeA, codeB);
      if (apart > most) most = apart;
    }
    return [first, count, most];
  };
}

function compare64(dtype: DType): Compare {
  const distance = DISTANCES_64[dtype];
  if (distance === undefined) throw new Error(`The numbers of ${dtype} have no order.`);
  return (a, b, from, to) => {
    const [codesA, codesB] = [int32Codes(a), int32Codes(b)];
    let [first, count, most] = [-1, 0, 0];
    for (let i = from; i < to; i++) {
      const lowA = codesA[2 * i];
      const highA = codesA[2 * i + 1];
      const lowB = codesB[2 * i];
      const highB = codesB[2 * i + 1];
      if (lowA === lowB && highA === highB) continue;
      if (first < 0) first = i;
      count++;
      const apart = distance(highA, lowA >>> 0, highB, lowB >>> 0);
      if (apart > most) most = apart;
    }
    return [first, count, most];
  };
}

function tableDistance(dtype: DType): (a: number, b: number) => number {
  const ordinals = ordinalTable(dtype);
  return (a, b) => ordinalDistance(ordinals[a], ordinals[b]);
}

function int32Codes({ buffer, byteOffset, byteLength }: Uint8Array): Int32Array {
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

function uint16Codes({ buffer, byteOffset, byteLength }: Uint8Array): Uint16Array {
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}
