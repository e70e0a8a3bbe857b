import { t } from '@vscode/l10n';
import { swapBytes } from '../../formats/decode';
import { ITEM_SIZE } from '../../formats/dtype';
import type { ByteSource } from '../../io/byteSource';
import { stridedSource } from '../../io/stridedSource';
import type { Layout, RecordEntry, RecordPart } from '../../model/catalog';
import type { ElementDifference } from '../../model/comparison';
import { throwIfAborted } from '../../rpc/abort';
import { turns } from '../../rpc/turns';
import { precedes } from '../record/sufficientStatistics';
import { acquireBuffer, releaseBuffer } from '../statistics/bufferPool';
import { type LayoutAxes, sameMemory } from '../tensor/layoutAxes';
import type { OpenFiles } from '../tensor/openFiles';
import { type OpenTensor, openTensorOf } from '../tensor/recordValues';
import { forEachRun } from '../tensor/traversal';
import { type BitComparer, bitComparer } from './bitComparer';

/** Bytes of each tensor that are in memory at a time. */
const CHUNK_BYTES = 1 << 20;

/** A record and the files that it is read from; the two records of a comparison have one each. */
export interface ReadableRecord {
  readonly files: OpenFiles;
  readonly record: RecordEntry;
}

/**
 * Compares two records element by element, at equal indices, whatever the byte order, compression, or order in memory of
 * their files. Records that are the same tensor of the same file are not read. Stops at an abort.
 */
export async function elementDifference(
  current: ReadableRecord,
  other: ReadableRecord,
  layout: Layout,
  signal: AbortSignal,
): Promise<ElementDifference> {
  const reason = whyIncomparable(current.record, other.record);
  if (reason !== undefined) return { kind: 'incomparable', reason };
  if (areSameTensors(current.record, other.record)) return { kind: 'equal' };
  // Elements have the same indices under any layout, and one that both are read in.
  const opened = await openTensorOf(current.files, current.record, layout);
  try {
    const partner = await openTensorOf(other.files, other.record, layout);
    try {
      const aligned = inOrderOf(opened, partner, current.record.parts ?? other.record.parts);
      if (aligned === undefined)
        return { kind: 'incomparable', reason: t('The ranks are stored in another order.') };
      return await compareStreams(opened, { ...partner, tensor: aligned }, signal);
    } finally {
      await partner.tensor.close();
    }
  } finally {
    await opened.tensor.close();
  }
}

/** A sentence for records that only their distributions can compare. */
function whyIncomparable(current: RecordEntry, other: RecordEntry): string | undefined {
  if (current.summarized === true || other.summarized === true)
    return t('The elements are unknown because only histograms were recorded.');
  const [own, its] = [current.shape, other.shape].map((shape) => `[${shape.join(', ')}]`);
  if (own !== its) return t('The shapes differ: {0} here, {1} in the other run.', own, its);
  if (current.dtype !== other.dtype || current.dtype === 'unknown')
    return t('The types differ: {0} here, {1} in the other run.', current.dtype, other.dtype);
  return undefined;
}

function areSameTensors(current: RecordEntry, other: RecordEntry): boolean {
  const [own, its] = [partsOf(current), partsOf(other)];
  return own.length === its.length && own.every((part, i) => isSameTensor(part, its[i]));
}

type Place = Pick<RecordPart, 'file' | 'tensor' | 'slice' | 'stamp'>;

function partsOf(record: RecordEntry): readonly Place[] {
  return record.parts ?? [record];
}

function isSameTensor(a: Place, b: Place): boolean {
  return (
    a.file === b.file && a.tensor === b.tensor && a.stamp === b.stamp && a.slice?.join() === b.slice?.join()
  );
}

/** The bytes of a partner in the other tensor's order in memory; undefined if it is made of parts in another order. */
function inOrderOf(
  { axes, info }: OpenTensor,
  partner: OpenTensor,
  parts: readonly unknown[] | undefined,
): ByteSource | undefined {
  if (sameMemory(axes.memory, partner.axes.memory)) return partner.tensor;
  if (parts !== undefined) return undefined;
  const order = info.shape.map((_, axis) => axis);
  order.sort((a, b) => info.strides[b] - info.strides[a] || a - b);
  return stridedSource(
    partner.tensor,
    {
      shape: order.map((axis) => info.shape[axis]),
      strides: order.map((axis) => partner.info.strides[axis]),
    },
    ITEM_SIZE[info.dtype],
  );
}

async function compareStreams(
  current: OpenTensor,
  other: OpenTensor,
  signal: AbortSignal,
): Promise<ElementDifference> {
  const { axes, info } = current;
  const width = ITEM_SIZE[info.dtype];
  const comparer = bitComparer(info.dtype);
  const readers = [current, other].map(littleEndianReader);
  const turn = turns();
  let first: readonly number[] | undefined;
  try {
    for (let from = 0; from < axes.size; from += CHUNK_BYTES / width) {
      throwIfAborted(signal);
      const count = Math.min(CHUNK_BYTES / width, axes.size - from);
      const [a, b] = await Promise.all(readers.map(({ read }) => read(from, count)));
      first = firstDifference(comparer, axes, a, b, from, count, first);
      await turn();
    }
  } finally {
    for (const { release } of readers) await release();
  }
  if (first === undefined) return { kind: 'equal' };
  return { kind: 'different', elements: comparer.elements, of: axes.size, ulps: comparer.ulps, first };
}

/** Compares chunks, and returns the earlier of `first` and of the first index at which they differ. */
function firstDifference(
  comparer: BitComparer,
  axes: LayoutAxes,
  a: Uint8Array,
  b: Uint8Array,
  from: number,
  count: number,
  first: readonly number[] | undefined,
): readonly number[] | undefined {
  if (axes.cOrder) {
    const place = comparer.compare(a, b, 0, count);
    return first ?? (place < 0 ? undefined : axes.indexAt(from + place));
  }
  let earliest = first;
  // Indices ascend along the fastest axis only.
  forEachRun(axes, from, from + count, (start, length) => {
    const place = comparer.compare(a, b, start, start + length);
    if (place < 0) return;
    const index = axes.indexAt(from + place);
    if (earliest === undefined || precedes(index, earliest)) earliest = index;
  });
  return earliest;
}

interface LittleEndianReader {
  /** Elements, valid until the next call. */
  read(from: number, count: number): Promise<Uint8Array>;
  /** Waits until no read fills the memory any more. */
  release(): Promise<void>;
}

function littleEndianReader({ info: { dtype, littleEndian }, tensor }: OpenTensor): LittleEndianReader {
  const width = ITEM_SIZE[dtype];
  const buffer = acquireBuffer(CHUNK_BYTES);
  let reading: Promise<unknown> = Promise.resolve();
  return {
    read: async (from, count) => {
      const bytes = new Uint8Array(buffer, 0, count * width);
      const read = tensor.read(from * width, bytes);
      reading = read.catch(() => {});
      await read;
      if (!littleEndian) swapBytes(bytes, width);
      return bytes;
    },
    release: async () => {
      await reading;
      releaseBuffer(buffer);
    },
  };
}
