import type { RecordSketch } from '../../../../src/kernel/record/recordSketch';
import type { SketchOutcome } from '../../../../src/kernel/workers/computeRecord';

/** What a store returns of sketches, some of which cannot be made. */
export function outcomesOf(sketches: readonly Promise<RecordSketch>[]): Promise<readonly SketchOutcome[]> {
  return Promise.all(sketches.map((each) => each.catch((error: unknown) => ({ error }))));
}
