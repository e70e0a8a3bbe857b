import { t } from '@vscode/l10n';
import { type ByteSource, readBytes } from '../../io/byteSource';
import { sliceSource } from '../../io/sliceSource';
import { ProblemError, problemError } from '../../model/problem';
import { ITEM_SIZE } from '../dtype';
import type { TensorFile } from '../tensorFile';
import { readPickle } from './pickle';
import { isKind, type PickleValue } from './pickleValues';
import { torchFile } from './torchFile';
import { type StorageId, storageId } from './torchStorage';

/** `0x1950a86a20f9469cfc6c` as a pickle of protocol 2: PROTO 2, LONG1 of ten bytes. */
const MAGIC = [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const FIRST_READ = 1 << 20;
const MAX_PICKLES = 256 * 2 ** 20;

/** Returns whether the file starts with the magic number of files from before PyTorch 1.6. */
export async function isLegacyTorch(source: ByteSource): Promise<boolean> {
  if (source.size < MAGIC.length) return false;
  const start = await readBytes(source, 0, MAGIC.length);
  return MAGIC.every((byte, i) => start[i] === byte);
}

/**
 * Opens a file in the format before PyTorch 1.6 [torch/serialization.py, _legacy_save]: the pickles of a magic number,
 * a version, the system, the object, and the storages' keys; then each storage in that order, preceded by its number of
 * elements in eight bytes.
 */
export async function openLegacyTorch(source: ByteSource): Promise<TensorFile> {
  const { system, root, keys, ids, end } = await readPickles(source);
  const littleEndian = isLittleEndian(system);
  const stored = new Map<string, { width: number; count: number }>();
  for (const id of ids) {
    const storage = storageId(id);
    const width = storage && elementWidth(storage);
    if (storage !== undefined && width !== undefined)
      stored.set(storage.key, { width, count: storage.count });
  }
  const places = new Map<string, { at: number; size: number }>();
  let at = end;
  for (const key of keys) {
    // If a storage cannot be measured or is missing, so are those after it.
    const storage = stored.get(key);
    if (storage === undefined || places.has(key) || at + 8 > source.size) break;
    const { buffer } = await readBytes(source, at, 8);
    const size = storage.count * storage.width;
    if (Number(new DataView(buffer).getBigInt64(0, littleEndian)) !== storage.count) break;
    if (!Number.isSafeInteger(size)) break;
    places.set(key, { at: at + 8, size: Math.min(size, source.size - at - 8) });
    at += 8 + size;
  }
  return torchFile(
    source,
    'torch',
    root,
    { littleEndian, sizeOf: (key) => places.get(key)?.size },
    async (key) => {
      const place = places.get(key);
      if (place === undefined)
        throw problemError(
          'not-found',
          source.path,
          t('The file does not contain the storage of this tensor.'),
        );
      return sliceSource(source, place.at, place.size);
    },
  );
}

/** Bytes per element of storages whose tensors are not supported; they are needed to find the storages after them. */
const OTHER_WIDTHS: ReadonlyMap<string, number> = new Map([
  ['torch.storage.UntypedStorage', 1],
  ['torch.QInt8Storage', 1],
  ['torch.QUInt8Storage', 1],
  ['torch.QInt32Storage', 4],
]);

function elementWidth({ dtype, isComplex, typeName }: StorageId): number | undefined {
  return dtype === undefined ? OTHER_WIDTHS.get(typeName) : ITEM_SIZE[dtype] * (isComplex ? 2 : 1);
}

interface Pickles {
  readonly system: PickleValue;
  readonly root: PickleValue;
  readonly keys: readonly string[];
  readonly ids: readonly PickleValue[];
  readonly end: number;
}

/** The file does not state the length of the pickles, so this reads more until they end. */
async function readPickles(source: ByteSource): Promise<Pickles> {
  for (let length = FIRST_READ; ; length *= 4) {
    const bytes = await readBytes(source, 0, Math.min(length, source.size));
    try {
      return parsePickles(bytes, source.path);
    } catch (error) {
      const isCut = error instanceof ProblemError && error.problem.code === 'truncated';
      if (!isCut || bytes.length === source.size || length >= MAX_PICKLES) throw error;
    }
  }
}

function parsePickles(bytes: Uint8Array, path: string): Pickles {
  const magic = readPickle(bytes, path);
  const version = readPickle(bytes, path, magic.end);
  if (version.value !== 1001)
    throw problemError(
      'unsupported',
      path,
      t("Expected version 1001 of PyTorch's legacy format, found {0}.", String(version.value).slice(0, 50)),
    );
  const system = readPickle(bytes, path, version.end);
  const root = readPickle(bytes, path, system.end);
  const list = readPickle(bytes, path, root.end);
  const items = isKind(list.value, 'list') ? list.value.items : undefined;
  const keys = items?.filter((item) => typeof item === 'string');
  if (keys === undefined || keys.length !== items?.length)
    throw problemError('malformed', path, t('Invalid legacy file: expected a list of storage keys.'));
  return { system: system.value, root: root.value, keys, ids: root.persistentIds, end: list.end };
}

/** Returns the only storage of a file in this format; undefined if the file contains anything else. */
export function parseLegacy(
  bytes: Uint8Array,
  path: string,
): { readonly id: StorageId; readonly bytes: Uint8Array } | undefined {
  const { system, root, end } = parsePickles(bytes, path);
  const id = isKind(root, 'persistent') ? storageId(root.id) : undefined;
  const width = id && elementWidth(id);
  const start = end + 8;
  if (id === undefined || width === undefined || !isLittleEndian(system)) return undefined;
  if (start + id.count * width > bytes.length) return undefined;
  return { id, bytes: bytes.subarray(start, start + id.count * width) };
}

function isLittleEndian(system: PickleValue): boolean {
  const entries = isKind(system, 'dict') ? system.entries : [];
  return entries.find(([key]) => key === 'little_endian')?.[1] !== false;
}
