import { t } from '@vscode/l10n';
import type { DType } from '../../model/catalog';
import { elementCount } from '../../model/elementCount';
import { type Problem, type ProblemError, problemError, toProblem } from '../../model/problem';
import { ITEM_SIZE } from '../dtype';
import { checkedByteLength } from '../shape';
import { readPickle } from '../torch/pickle';
import { globalName, indices, isIndex, isKind, type PickleValue, tupleItems } from '../torch/pickleValues';

/** The location of a part of the checkpoint. */
export interface FilePart {
  /** Name of the file in the checkpoint's folder. */
  readonly file: string;
  readonly start: number;
  readonly length: number;
}

/** A part of a tensor, and its location. */
export interface Shard extends FilePart {
  readonly offsets: readonly number[];
  readonly sizes: readonly number[];
}

/** A tensor of a distributed checkpoint: its shards cover it, without overlaps. */
export interface ShardedTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly shards: readonly Shard[];
}

export interface CheckpointMetadata {
  readonly tensors: readonly ShardedTensor[];
  /** Values other than tensors, each in its own file of `torch.save`. */
  readonly others: readonly (FilePart & { readonly name: string })[];
  readonly problems: readonly Problem[];
}

const MAX_SHARDS = 100_000;

/**
 * Reads the `.metadata` of a folder written by `torch.distributed.checkpoint.save`, as data
 * [torch/distributed/checkpoint/metadata.py; filesystem.py]: a pickled `Metadata` with the tensors' shapes and chunks,
 * and with the location of each chunk as stored by the file system writer. `path` is the URI of the folder. Throws
 * `malformed` for anything else. An error in one tensor becomes a problem of that tensor.
 */
export function readCheckpointMetadata(bytes: Uint8Array, path: string): CheckpointMetadata {
  const metadata = attributesOf(readPickle(bytes, path).value);
  const described = metadata.get('state_dict_metadata');
  const stored = metadata.get('storage_data');
  if (!isKind(described, 'dict') || !isKind(stored, 'dict')) throw unreadable(path);
  const places = placesByName(stored.entries);
  const tensors: ShardedTensor[] = [];
  const others: (FilePart & { readonly name: string })[] = [];
  const problems: Problem[] = [];
  for (const [name, value] of described.entries) {
    if (typeof name !== 'string' || !isKind(value, 'object')) continue;
    const kind = /\.(\w+)StorageMetadata$/.exec(globalName(value.callee) ?? '')?.[1];
    if (kind === 'Bytes')
      others.push(...(places.get(name) ?? []).filter(isInside).map((place) => ({ ...place, name })));
    if (kind !== 'Tensor') continue;
    try {
      tensors.push(shardedTensor(name, attributesOf(value), places.get(name) ?? [], path));
    } catch (error) {
      problems.push(toProblem(error, path, name));
    }
  }
  return { tensors, others, problems };
}

/** Returns an error with advice for a checkpoint that cannot be read. */
export function unreadable(path: string): ProblemError {
  return problemError(
    'malformed',
    path,
    t(
      'Expected a distributed checkpoint of PyTorch, but its .metadata does not describe one. To convert a checkpoint, run python -m torch.distributed.checkpoint.format_utils with dcp_to_torch, the folder, and the name of a .pt file.',
    ),
  );
}

type Place = Omit<Shard, 'sizes'>;

/** Returns whether a part is in a file of the folder itself. */
function isInside({ file }: FilePart): boolean {
  return /^[^/\\]{1,255}$/.test(file) && !file.startsWith('..');
}

/** Returns the locations of the chunks of each tensor, from a dict of `MetadataIndex` and `_StorageInfo`. */
function placesByName(entries: readonly [PickleValue, PickleValue][]): ReadonlyMap<string, readonly Place[]> {
  const places = new Map<string, Place[]>();
  for (const [key, value] of entries.slice(0, MAX_SHARDS)) {
    const index = attributesOf(key);
    const info = attributesOf(value);
    const name = index.get('fqn');
    const [file, start, length] = ['relative_path', 'offset', 'length'].map((each) => info.get(each));
    if (typeof name !== 'string' || typeof file !== 'string' || !isIndex(start) || !isIndex(length)) continue;
    const place = { offsets: indices(index.get('offset')) ?? [], file, start, length };
    const known = places.get(name);
    if (known === undefined) places.set(name, [place]);
    else known.push(place);
  }
  return places;
}

function shardedTensor(
  name: string,
  attributes: ReadonlyMap<PickleValue, PickleValue>,
  places: readonly Place[],
  path: string,
): ShardedTensor {
  const fail = (message: string) => problemError('malformed', path, message, name);
  const shape = indices(attributes.get('size'));
  const properties = attributes.get('properties');
  const typeName = globalName(
    isKind(properties, 'object')
      ? (tupleItems(properties.state)?.[0] ?? attributesOf(properties).get('dtype'))
      : undefined,
  );
  const dtype = typeName?.replace(/^torch\./, '') ?? '';
  if (!Object.hasOwn(ITEM_SIZE, dtype))
    throw problemError(
      'unsupported',
      path,
      t('The element type {0} is not supported.', typeName ?? '?'),
      name,
    );
  const chunks = attributes.get('chunks');
  if (shape === undefined || !isKind(chunks, 'list'))
    throw fail(t('Expected the shape and the shards of a tensor.'));
  checkedByteLength(shape, dtype as DType, path, name);
  const byOffset = new Map(places.map((place) => [place.offsets.join(), place]));
  const shards = chunks.items.slice(0, MAX_SHARDS).map((chunk): Shard => {
    const own = attributesOf(chunk);
    const [offsets, sizes] = [indices(own.get('offsets')), indices(own.get('sizes'))];
    const place =
      offsets && (byOffset.get(offsets.join()) ?? (chunks.items.length === 1 ? places[0] : undefined));
    if (offsets === undefined || sizes === undefined || place === undefined)
      throw fail(t('The checkpoint does not contain the location of a shard of this tensor.'));
    if (!isInside(place)) throw fail(t('A shard of the tensor is outside the checkpoint.'));
    const fits =
      offsets.length === shape.length &&
      sizes.length === shape.length &&
      sizes.every((size, axis) => offsets[axis] + size <= shape[axis]);
    if (!fits) throw fail(t('A shard of the tensor is outside its shape [{0}].', shape.join(', ')));
    return { ...place, offsets, sizes };
  });
  const covered = shards.reduce((sum, { sizes }) => sum + elementCount(sizes), 0);
  const distinct = new Set(shards.map(({ offsets }) => offsets.join())).size;
  if (covered !== elementCount(shape) || (distinct < shards.length && covered > 0))
    throw fail(t('The shards of the tensor do not cover its shape [{0}].', shape.join(', ')));
  return { name, dtype: dtype as DType, shape, shards };
}

/** Returns the attributes that a pickled dataclass sets. */
function attributesOf(value: PickleValue | undefined): ReadonlyMap<PickleValue, PickleValue> {
  const state = isKind(value, 'object') ? value.state : undefined;
  return new Map(isKind(state, 'dict') ? state.entries : []);
}
