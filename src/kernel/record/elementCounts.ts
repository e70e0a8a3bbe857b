import type { ElementCounts, FirstNonFinite, NonFiniteKind } from '../../model/analysis';
import type { WasmArena } from '../simd/wasmArena';
import type { Values } from '../statistics/moments';
import type { LayoutAxes } from '../tensor/layoutAxes';
import { precedes } from './sufficientStatistics';

/** Counts zeros and non-finite values, and finds the first non-finite value. */
export interface ElementCounter {
  /** Adds the elements [from, from + values.length) of memory. */
  add(values: Values, from: number): void;
  /** Adds zeros among elements that another loop visited and found to be finite. */
  addZeros(zeros: number): void;
  finish(): { counts: ElementCounts; firstNonFinite?: FirstNonFinite };
}

/** Makes a counter. "First" refers to the order of the tensor's indices, whatever the order in memory. */
export function elementCounter(axes: LayoutAxes, arena?: WasmArena): ElementCounter {
  const kinds: Record<NonFiniteKind, number> = { nan: 0, posInf: 0, negInf: 0 };
  let zeros = 0;
  let first: FirstNonFinite | undefined;
  return {
    add: (values, from) => {
      const address = arena?.addressOf(values, 0);
      const counted =
        arena === undefined || address === undefined ? -1 : arena.code.countZeros(address, values.length);
      if (counted >= 0) {
        zeros += counted;
        return;
      }
      // Without an arena, or if the chunk contains non-finite values.
      for (let i = 0; i < values.length; i++) {
        const x = values[i];
        if (x === 0) zeros++;
        if (x - x === 0) continue;
        const kind = x > 0 ? 'posInf' : x < 0 ? 'negInf' : 'nan';
        kinds[kind]++;
        if (first !== undefined && axes.cOrder) continue;
        const index = axes.indexAt(from + i);
        if (first === undefined || precedes(index, first.index)) first = { kind, index };
      }
    },
    addZeros: (more) => {
      zeros += more;
    },
    finish: () => {
      const { nan, posInf, negInf } = kinds;
      const counts = {
        count: axes.size,
        finite: axes.size - nan - posInf - negInf,
        nan,
        posInf,
        negInf,
        zeros,
      };
      return first === undefined ? { counts } : { counts, firstNonFinite: first };
    },
  };
}
