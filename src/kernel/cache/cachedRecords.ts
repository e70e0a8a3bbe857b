import { byteLengthOf } from '../../formats/dtype';
import type { RecordShift, RecordSummary } from '../../model/analysis';
import type { RecordEntry, RecordPart } from '../../model/catalog';
import type { RecordOptions } from '../methods/recordOptions';
import { type RecordSketch, sketchBytes } from '../record/recordSketch';
import { digest } from './digest';
import type { DiskCache, FileState } from './diskCache';
import type { PlainData } from './plainData';

/** A record under the options that apply to it. */
export interface RecordWithOptions {
  readonly record: RecordEntry;
  readonly recordOptions: RecordOptions;
}

/** What a shift is measured from: a record of the run, or those of other runs, whose noise counts too. */
export type Sources = RecordWithOptions | readonly RecordWithOptions[];

/** The results of a record, apart from its id in the catalog. */
export interface CachedResult {
  readonly summary: Omit<RecordSummary, 'record'>;
  readonly shift: RecordShift['methods'];
}

/**
 * Sketches and results of records on disk, keyed by the state of the file, the tensor, and the options. A result also
 * depends on the reference. With results, a run is drawn without loading sketches, which are only needed for details.
 */
export interface CachedRecords {
  sketch(of: RecordWithOptions): Promise<RecordSketch | undefined>;
  keepSketch(of: RecordWithOptions, sketch: RecordSketch): void;
  result(
    of: RecordWithOptions,
    reference: Sources,
    percentiles: readonly number[],
  ): Promise<CachedResult | undefined>;
  keepResult(
    of: RecordWithOptions,
    reference: Sources,
    percentiles: readonly number[],
    result: CachedResult,
  ): void;
}

/** Bytes of a tensor up to which a sketch is computed about as fast as it is read, and takes more room than the tensor. */
const NOT_KEPT = 1 << 11;

export function cachedRecords(disk: DiskCache): CachedRecords {
  // Each is asked for several times, alone and in the keys of results.
  const identities = new WeakMap<RecordWithOptions, string>();
  const identity = (of: RecordWithOptions): string | undefined => {
    const known = identities.get(of);
    if (known !== undefined) return known;
    const text = identityOf(of);
    if (text === undefined) return undefined;
    const key = digest(text);
    identities.set(of, key);
    return key;
  };
  const sketchKey = (of: RecordWithOptions) => (isSoonComputed(of.record) ? undefined : identity(of));
  const resultKey = (of: RecordWithOptions, reference: Sources, percentiles: readonly number[]) => {
    const key = identity(of);
    const others = listOf(reference).map(identity);
    if (key === undefined || others.includes(undefined)) return undefined;
    return ['result', key, isList(reference) ? 'runs' : 'step', ...others, percentiles].join();
  };
  // The data is as it was stored: a checksum protects its bytes, and the version its meaning.
  const get = async <T>(key: string | undefined): Promise<T | undefined> =>
    key === undefined ? undefined : ((await disk.get(key)) as unknown as T | undefined);
  return {
    sketch: (of) => get<RecordSketch>(sketchKey(of)),
    keepSketch: (of, sketch) => {
      const key = sketchKey(of);
      if (key !== undefined) disk.put(key, statesOf(of), sketch as unknown as PlainData, sketchBytes(sketch));
    },
    result: (of, reference, percentiles) => get<CachedResult>(resultKey(of, reference, percentiles)),
    keepResult: (of, reference, percentiles, result) => {
      const key = resultKey(of, reference, percentiles);
      if (key !== undefined)
        disk.put(key, [of, ...listOf(reference)].flatMap(statesOf), result as unknown as PlainData);
    },
  };
}

function isList(sources: Sources): sources is readonly RecordWithOptions[] {
  return Array.isArray(sources);
}

function listOf(sources: Sources): readonly RecordWithOptions[] {
  return isList(sources) ? sources : [sources];
}

/** Only for local files that can be read without decompressing anything else. Merged ranks would need many files. */
function isSoonComputed({ file, shape, dtype, isSequential, parts }: RecordEntry): boolean {
  if (!file.startsWith('file:') || isSequential === true || parts !== undefined || dtype === 'unknown')
    return false;
  return byteLengthOf(shape, dtype) <= NOT_KEPT;
}

/**
 * Undefined if the state of a file is unknown. A summarized record is not cached, because reading it is as fast as
 * reading the cache.
 */
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

/** The location of a record's values; one tensor per rank if it is merged. */
function placesOf(record: RecordEntry): readonly Omit<RecordPart, 'rank' | 'dtype'>[] {
  return record.parts ?? [record];
}
