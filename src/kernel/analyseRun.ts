import { throwIfAborted } from '../protocol/abort';
import type { RecordEntry } from '../protocol/catalog';
import type { AnalyseProgress } from '../protocol/kernelApi';
import { toProblem } from '../protocol/problem';
import { mapBounded } from '../run/concurrency';
import type { RecordSketch } from './analyseRecord';
import { recordOrder, referenceOf, type Series, seriesOf } from './series';
import { shiftBetween } from './shift';
import { openSketches, type RunOptions, type Workplace } from './sketches';
import { summarize } from './summary';

export interface AnalyseRunRequest extends RunOptions {
  /** Layer ids to compute first. */
  readonly focus: readonly number[];
  /** Records to leave out: their results are there already. */
  readonly known?: ReadonlySet<number>;
  /** With every unit's statistics. */
  readonly statistics: boolean;
}

/**
 * Computes every record's summary and its shift from the reference, and tells each as it is there. A record that
 * fails is told as a problem and the others go on. Throws only the signal's reason.
 */
export async function analyseRun(
  place: Workplace,
  request: AnalyseRunRequest,
  signal: AbortSignal,
  tell: (progress: AnalyseProgress) => void,
): Promise<{ done: number; failed: number }> {
  const { catalog, options, known, statistics } = request;
  const sketches = openSketches(place, request, signal);
  const order = recordOrder(seriesOf(catalog), request.focus).filter(
    ({ series, position }) => known?.has(series[position].id) !== true,
  );
  let done = 0;
  let failed = 0;
  try {
    await mapBounded(
      order,
      sketches.width,
      async ({ series, position }) => {
        const record = series[position];
        try {
          const sketch = await sketches.of(record, statistics);
          tell({ kind: 'summary', summary: summarize(record.id, sketch, options.percentiles) });
          await tellShift(series, position, record, sketch);
          done++;
        } catch (error) {
          throwIfAborted(signal);
          failed++;
          const problem = toProblem(error, record.file, record.tensor);
          tell({ kind: 'problem', record: record.id, problem });
        }
      },
      signal,
    );
    return { done, failed };
  } finally {
    await sketches.close();
  }

  async function tellShift(
    series: Series,
    position: number,
    record: RecordEntry,
    sketch: RecordSketch,
  ): Promise<void> {
    const reference = referenceOf(series, position, options.reference);
    if (reference === undefined) return;
    try {
      const from = reference === record ? sketch : await sketches.of(reference);
      tell({
        kind: 'shift',
        shift: { record: record.id, reference: reference.id, methods: shiftBetween(from, sketch) },
      });
    } catch {
      // The reference's own problem is told when its turn comes; this record only goes without a shift.
      throwIfAborted(signal);
    }
  }
}
