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

export function bitComparer(dtype: DType): BitComparer {
  const width = ITEM_SIZE[dtype];
  if (width === 8) return comparer64(dtype);
  const distance = width === 4 ? DISTANCES_32[dtype] : tableDistance(dtype);
  if (distance === undefined) throw new Error(`The numbers of ${dtype} have no order.`);
  const codes = width === 4 ? int32Codes : width === 2 ? uint16Codes : (bytes: Uint8Array) => bytes;
  let [elements, ulps] = [0, 0];
  return {
    compare: (a, b, from, to) => {
      const [codesA, codesB] = [codes(a), codes(b)];
      let first = -1;
      // Local variables, which the engine keeps in registers.
      let [count, most] = [0, 0];
      for (let i = from; i < to; i++) {
        const codeA = codesA[i];
        const codeB = codesB[i];
        if (codeA === codeB) continue;
        if (first < 0) first = i;
        count++;
        const apart = distance(codeA, codeB);
        if (apart > most) most = apart;
      }
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

function comparer64(dtype: DType): BitComparer {
  const distance = DISTANCES_64[dtype];
  if (distance === undefined) throw new Error(`The numbers of ${dtype} have no order.`);
  let [elements, ulps] = [0, 0];
  return {
    compare: (a, b, from, to) => {
      const [codesA, codesB] = [int32Codes(a), int32Codes(b)];
      let first = -1;
      let [count, most] = [0, 0];
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
