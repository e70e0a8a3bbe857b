import { isAbortError, signalsBelow } from '../protocol/abort';
import type { RecordSketch } from './analyseRecord';
import { estimateSamples } from './estimate';
import type { Measures } from './measures';
import type { MeasuresKeeper, Memory } from './memory';
import type { Helper, Pool } from './pool';
import type { Computed, RecordWork, SketchJob } from './recordWork';
import { sharesOf } from './sharing';

/** Where records are computed, and what is kept of them. */
export interface Computing {
  /** For files that only the host can read, and where there are no helpers. */
  readonly local: RecordWork;
  readonly memory: Memory;
  readonly pool?: Pool | undefined;
  /** Bytes of a tensor beyond which helpers share it. */
  readonly sharedBytes?: number | undefined;
}

/** What some of a record's samples tell of it. */
export interface RecordEstimate {
  readonly sketch: RecordSketch;
  /** Samples that were read, and how many the record has. */
  readonly samples: number;
  readonly of: number;
}

/** A job, and for whom it is done. */
export interface GroupedJob extends SketchJob {
  /** Groups take turns at the helpers. */
  readonly group: string;
  /** How the memory tells layers apart. */
  readonly layer: string;
}

const keepers = new WeakMap<Helper | RecordWork, MeasuresKeeper>();

/**
 * A record's sketch: from its measures, where they are kept, else from its file. Large tensors are shared out by
 * samples. What was measured is kept where it was, as far as the memory has room.
 */
export async function computeRecord(
  { local, memory, pool, sharedBytes }: Computing,
  job: GroupedJob,
  signal: AbortSignal,
): Promise<RecordSketch> {
  const { group, record, measuresKey } = job;
  const derived = await memory
    .keeperOf(measuresKey)
    ?.derive(job)
    .catch(() => undefined);
  if (derived !== undefined) return derived;
  memory.lost(measuresKey);
  const keep = ({ sketch, kept }: Computed, keeper: MeasuresKeeper) => {
    if (kept > 0) memory.keepMeasures(measuresKey, job.layer, kept, keeper);
    return sketch;
  };
  if (pool === undefined || !record.file.startsWith('file:'))
    return keep(await local.compute(job, signal), localKeeper(local));

  const parts = await measureShares(pool, job, sharedBytes, signal);
  return pool.run(
    group,
    record,
    async (helper, options) => {
      try {
        const computed =
          parts === undefined
            ? await helper.call('compute', job, options)
            : await helper.call('assemble', { job, parts }, options);
        return keep(computed, helperKeeper(helper));
      } catch (error) {
        // It may have been done by then, and keep what nobody knows of.
        if (isAbortError(error)) helperKeeper(helper).drop([measuresKey]);
        throw error;
      }
    },
    signal,
    parts !== undefined,
  );
}

/**
 * A sketch of some of a large record's samples; undefined where it is not large, where the whole one comes from kept
 * measures, and where parts of it are not to be had.
 */
export async function estimateRecord(
  { local, memory, pool }: Computing,
  job: GroupedJob,
  signal: AbortSignal,
): Promise<RecordEstimate | undefined> {
  const { group, record, measuresKey } = job;
  const samples = memory.keeperOf(measuresKey) === undefined ? estimateSamples(record, job.knobs) : undefined;
  if (samples === undefined) return undefined;
  const sketch =
    pool === undefined || !record.file.startsWith('file:')
      ? await local.estimate(job, samples, signal)
      : await pool.run(
          group,
          record,
          (helper, options) => helper.call('estimate', { job, samples }, options),
          signal,
          true,
        );
  const taken = samples.reduce((sum, { from, to }) => sum + to - from, 0);
  return sketch && { sketch, samples: taken, of: record.shape[0] };
}

/** Measures the shares of a large tensor side by side; undefined where it is not shared, or keeps no measures. */
async function measureShares(
  pool: Pool,
  { group, record, knobs }: GroupedJob,
  sharedBytes: number | undefined,
  signal: AbortSignal,
): Promise<readonly Measures[] | undefined> {
  const shares = sharesOf(record, knobs, sharedBytes);
  if (shares === undefined) return undefined;
  // Where one share fails, the others need not be measured.
  const signals = signalsBelow(signal);
  try {
    const parts = await Promise.all(
      shares.map((samples) =>
        pool.run(
          group,
          record,
          (helper, options) => helper.call('measure', { record, knobs, samples }, options),
          signals.begin().signal,
        ),
      ),
    );
    const measured = parts.filter((part) => part !== undefined);
    return measured.length === parts.length ? measured : undefined;
  } catch (error) {
    signals.abort();
    throw error;
  } finally {
    signals.close();
  }
}

function localKeeper(local: RecordWork): MeasuresKeeper {
  return keeperFor(local, { derive: async (job) => local.derive(job), drop: local.drop });
}

function helperKeeper(helper: Helper): MeasuresKeeper {
  return keeperFor(helper, {
    derive: (job) => helper.call('derive', job),
    // One that died has nothing to drop.
    drop: (measuresKeys) => void helper.call('drop', { measuresKeys }).catch(() => {}),
  });
}

/** One and the same for each, so that the memory knows it again. */
function keeperFor(owner: Helper | RecordWork, fresh: MeasuresKeeper): MeasuresKeeper {
  const keeper = keepers.get(owner) ?? fresh;
  keepers.set(owner, keeper);
  return keeper;
}
