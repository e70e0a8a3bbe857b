import type { FindingsInput } from '../../../src/findings/input';
import type { RecordSummary } from '../../../src/model/analysis';
import type { LayerOrder, RunCatalog } from '../../../src/model/catalog';
import { catalogOf, shiftOf, summaryOf } from '../model/samples';

/** Raw shifts by layer, in σ of its first step, one for each later step. */
export type Shifts = Readonly<Record<string, readonly number[]>>;

/** Returns the input of a run whose layers, in this order, have these shifts. `floor`: noise floor of every shift. */
export function movedRun(
  steps: readonly number[],
  shifts: Shifts,
  { order = 'calls', floor }: { readonly order?: LayerOrder; readonly floor?: number } = {},
): FindingsInput {
  const catalog: RunCatalog = { ...catalogOf(Object.keys(shifts), steps), order };
  const summaries = catalog.records.map(({ id }): [number, RecordSummary] => [id, summaryOf(id)]);
  const moved = Object.values(shifts).flatMap((ofLayer, layer) =>
    ofLayer.map((w1, i) => shiftOf(layer * steps.length + i + 1, layer * steps.length, w1, floor)),
  );
  return {
    catalog,
    summaries: new Map(summaries),
    shifts: new Map(moved.map((shift) => [shift.record, shift])),
    checks: new Map(),
    isComplete: true,
  };
}
