import { byteLengthOf } from '../../formats/dtype';
import type { RecordShift, RecordSummary } from '../../model/analysis';
import type { RecordEntry, RecordPart } from '../../model/catalog';
import type { RecordOptions } from '../methods/recordOptions';
import type { RecordSketch } from '../record/recordSketch';
import type { DiskCache, FileState } from './diskCache';
import type { PlainData } from './plainData';

/** A record under the options that apply to it. */
export interface RecordWithOptions {
  readonly record: RecordEntry;
  readonly recordOptions: RecordOptions;
}

/** What is told of a record, but for its number in the catalog. */
export interface CachedResult {
  readonly summary: Omit<RecordSummary, 'record'>;
  readonly shift: RecordShift['methods'];
}

/**
 * Sketches and results of records on disk: under the state of the file, the tensor and the options. A result hangs on
 * the reference as well; with it a run is drawn without even its sketches, which wait for whoever looks closer.
 */
export interface CachedRecords {
  sketch(of: RecordWithOptions): Promise<RecordSketch | undefined>;
  keepSketch(of: RecordWithOptions, sketch: RecordSketch): void;
  result(
    of: RecordWithOptions,
    reference: RecordWithOptions,
    percentiles: readonly number[],
  ): Promise<CachedResult | undefined>;
  keepResult(
    of: RecordWithOptions,
    reference: RecordWithOptions,
    percentiles: readonly number[],
    result: CachedResult,
  ): void;
}

/** Bytes of a tensor up to which a sketch is computed about as fast as it is read, and takes more room than the tensor. */
const NOT_KEPT = 1 << 11;

export function cachedRecords(disk: DiskCache): CachedRecords {
  // Each is asked for several times.
  const identities = new WeakMap<RecordWithOptions, string>();
  const identity = (of: RecordWithOptions): string | undefined => {
    const key = identities.get(of) ?? identityOf(of);
    if (key !== undefined) identities.set(of, key);
    return key;
  };
  const sketchKey = (of: RecordWithOptions) => (isSoonComputed(of.record) ? undefined : identity(of));
  const resultKey = (of: RecordWithOptions, reference: RecordWithOptions, percentiles: readonly number[]) => {
    const [key, other] = [identity(of), identity(reference)];
    return key && other && JSON.stringify(['result', key, other, percentiles]);
  };
  // What comes back is what was put in: a checksum holds for it, and the version for its meaning.
  const get = async <T>(key: string | undefined): Promise<T | undefined> =>
    key === undefined ? undefined : ((await disk.get(key)) as unknown as T | undefined);
  return {
    sketch: (of) => get<RecordSketch>(sketchKey(of)),
    keepSketch: (of, sketch) => {
      const key = sketchKey(of);
      if (key !== undefined) disk.put(key, statesOf(of), sketch as unknown as PlainData);
    },
    result: (of, reference, percentiles) => get<CachedResult>(resultKey(of, reference, percentiles)),
    keepResult: (of, reference, percentiles, result) => {
      const key = resultKey(of, reference, percentiles);
      if (key !== undefined)
        disk.put(key, [...statesOf(of), ...statesOf(reference)], result as unknown as PlainData);
    },
  };
}

/** From a local file, of which nothing else has to be unpacked; ranks are put together from as many files. */
function isSoonComputed({ file, shape, dtype, isSequential, parts }: RecordEntry): boolean {
  if (!file.startsWith('file:') || isSequential === true || parts !== undefined || dtype === 'unknown')
    return false;
  return byteLengthOf(shape, dtype) <= NOT_KEPT;
}

/** Undefined where the state of a file is not known. A summarized record is read as fast as it would be kept. */
function identityOf({ record, recordOptions }: RecordWithOptions): string | undefined {
  const places = placesOf(record);
  if (record.summarized === true || places.some(({ stamp }) => stamp === undefined)) return undefined;
  const tensors = places.map(({ file, stamp, tensor, slice, shape }) => [
    file,
    stamp,
    tensor,
    slice ?? null,
    shape,
  ]);
  return JSON.stringify([tensors, record.dtype, record.shape, recordOptions]);
}

function statesOf({ record }: RecordWithOptions): FileState[] {
  return placesOf(record).flatMap(({ file, stamp }) => (stamp === undefined ? [] : [{ file, stamp }]));
}

/** Where a record's values lie: in a tensor of every rank where it is made of several. */
function placesOf(record: RecordEntry): readonly Omit<RecordPart, 'rank' | 'dtype'>[] {
  return record.parts ?? [record];
}
