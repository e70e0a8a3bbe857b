import { layoutOf } from '../../model/analysis';
import type { RecordEntry } from '../../model/catalog';
import type { RecordComparison } from '../../model/comparison';
import { type InTurns, inTurns, sortInTurns } from '../../model/inTurns';
import { toProblem } from '../../model/problem';
import { allSeries } from '../../model/series';
import { throwIfAborted } from '../../rpc/abort';
import { mapBounded } from '../../rpc/mapBounded';
import { withTurns } from '../../rpc/turns';
import type { ComparedRecords, FoundComparison } from '../compare/compareRecords';
import { compareOn } from '../workers/compareOn';
import type { KernelContext, RunOptions } from './sketchStore';

export interface CompareRunsRequest extends RunOptions {
  /** If present, compare only these records. */
  readonly records?: readonly number[] | undefined;
}

/**
 * Compares the records of a run with those that belong to them in the run that is the reference, and reports each: step
 * by step, layers in their order. Records without a partner are skipped. Rejects only with the signal's reason.
 */
export async function compareRuns(
  context: KernelContext,
  request: CompareRunsRequest,
  signal: AbortSignal,
  tell: (comparison: RecordComparison) => void,
): Promise<void> {
  const pairs = await withTurns(pairsOf(request), signal);
  const tellInOrder = inOrder(tell);
  // One comparison in progress and one waiting per compute worker.
  const width = context.pool === undefined ? 1 : 2 * context.pool.size;
  await mapBounded(
    pairs.map((pair, place) => ({ pair, place })),
    width,
    async ({ pair, place }) => {
      const found = await compare(pair);
      throwIfAborted(signal);
      tellInOrder(place, { record: pair.record.id, other: pair.other.id, ...found });
    },
    signal,
  );

  async function compare(pair: ComparedRecords): Promise<FoundComparison> {
    try {
      return await compareOn(context, request.run, pair, signal);
    } catch (error) {
      throwIfAborted(signal);
      context.onDefect(error);
      return { difference: { kind: 'incomparable', reason: toProblem(error, pair.record.file).message } };
    }
  }
}

function* pairsOf({
  catalog,
  options,
  other,
  records,
}: CompareRunsRequest): InTurns<readonly ComparedRecords[]> {
  if (other === undefined) return [];
  const wanted = records && new Set(records);
  const all: RecordEntry[] = [];
  yield* inTurns(allSeries(catalog), (series) => {
    for (const record of series) if (wanted?.has(record.id) !== false) all.push(record);
  });
  const sorted = yield* sortInTurns(
    all,
    (a, b) => a.step - b.step || a.layer - b.layer || a.variant - b.variant,
  );
  const pairs: ComparedRecords[] = [];
  yield* inTurns(sorted, (record) => {
    const partner = other.join.partnerOf(record);
    if (partner === undefined) return;
    pairs.push({
      record,
      layout: layoutOf(catalog.layers[record.layer], options),
      other: partner,
      otherLayout: layoutOf(other.run.catalog.layers[partner.layer], other.run.options),
    });
  });
  return pairs;
}

/** Passes results on in the order of their places, which begin at 0. */
function inOrder<T>(tell: (result: T) => void): (place: number, result: T) => void {
  const waiting = new Map<number, T>();
  let next = 0;
  return (place, result) => {
    waiting.set(place, result);
    for (let due = waiting.get(next); due !== undefined; due = waiting.get(next)) {
      waiting.delete(next++);
      tell(due);
    }
  };
}
