import { t } from '@vscode/l10n';
import { decoder } from '../../formats/decode';
import { ITEM_SIZE } from '../../formats/dtype';
import type { FileSystem } from '../../io/fileSystem';
import type { Layout, RecordEntry } from '../../model/catalog';
import type { RecordCoordinates } from '../../model/coordinates';
import { throwIfAborted } from '../../rpc/abort';
import { turns } from '../../rpc/turns';
import { openFiles } from '../tensor/openFiles';
import { type OpenTensor, openTensorOf } from '../tensor/recordValues';

/** Values of each of the two records that are read at a time: memory does not grow with the records. */
const CHUNK = 1 << 16;

/** Reads the sizes of elements, one record after the other; files stay open in between. */
export interface CoordinateReader {
  /**
   * The mean size of a record's elements, and of their differences from those of `first` at the same places. Throws as
   * `openTensorOf` does, and the signal's reason.
   */
  read(record: RecordEntry, first: RecordEntry, layout: Layout): Promise<RecordCoordinates>;
  close(): Promise<void>;
}

export function coordinateReader(fileSystem: FileSystem, signal: AbortSignal): CoordinateReader {
  const files = openFiles(fileSystem);
  const turn = turns();
  return {
    close: () => files.closeAll(),
    read: async (record, first, layout) => {
      const current = await openTensorOf(files, record, layout);
      let before: OpenTensor | undefined;
      try {
        const reason = whyIncomparable(record, first);
        if (reason === undefined && first.id !== record.id) before = await openTensorOf(files, first, layout);
        const moved = before !== undefined && orderOf(before) !== orderOf(current);
        const found = await sizes(current, moved ? undefined : before, signal, turn);
        const why = moved ? t('The two files store their elements in different orders.') : reason;
        return {
          record: record.id,
          size: found.size,
          change: first.id === record.id ? 0 : found.change,
          ...(found.nonFinite > 0 && { nonFinite: found.nonFinite }),
          ...(why !== undefined && { reason: why }),
        };
      } finally {
        await current.tensor.close();
        await before?.tensor.close();
      }
    },
  };
}

function whyIncomparable(record: RecordEntry, first: RecordEntry): string | undefined {
  if (record.shape.join() === first.shape.join()) return undefined;
  return t(
    'The shapes differ: [{0}] at step {1}, [{2}] at step {3}.',
    record.shape.join(', '),
    record.step,
    first.shape.join(', '),
    first.step,
  );
}

/** The order of a tensor's elements in its file. */
function orderOf({ axes }: OpenTensor): string {
  return JSON.stringify(axes.memory);
}

async function sizes(
  current: OpenTensor,
  before: OpenTensor | undefined,
  signal: AbortSignal,
  turn: () => Promise<void> | undefined,
): Promise<{ readonly size: number; readonly change: number; readonly nonFinite: number }> {
  const { size: elements } = current.axes;
  const [read, readBefore] = [chunks(current), before && chunks(before)];
  let [size, change, finite, compared] = [0, 0, 0, 0];
  for (let from = 0; from < elements; from += CHUNK) {
    throwIfAborted(signal);
    const count = Math.min(CHUNK, elements - from);
    const values = await read(from, count);
    for (let i = 0; i < count; i++) {
      const magnitude = Math.abs(values[i]);
      if (magnitude < Number.POSITIVE_INFINITY) {
        size += magnitude;
        finite++;
      }
    }
    const earlier = await readBefore?.(from, count);
    for (let i = 0; earlier !== undefined && i < count; i++) {
      const difference = Math.abs(values[i] - earlier[i]);
      if (difference < Number.POSITIVE_INFINITY) {
        change += difference;
        compared++;
      }
    }
    await turn();
  }
  return { size: size / finite, change: change / compared, nonFinite: elements - finite };
}

/** Reads values in the order of the file; they are valid until the next call. */
function chunks({ info, tensor }: OpenTensor): (from: number, count: number) => Promise<ArrayLike<number>> {
  const width = ITEM_SIZE[info.dtype];
  const decode = decoder(info.dtype, info.littleEndian);
  const buffer = new Uint8Array(CHUNK * width);
  return async (from, count) => {
    const bytes = buffer.subarray(0, count * width);
    await tensor.read(from * width, bytes);
    return decode(bytes);
  };
}
