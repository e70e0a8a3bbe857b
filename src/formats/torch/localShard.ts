import { t } from '@vscode/l10n';
import type { PartReader } from './partReader';
import { globalName, isKind, type PickleObject, type PickleValue, tupleItems } from './pickleValues';
import type { TorchTensor } from './torchTensor';

/**
 * Returns the local part of a distributed tensor (DTensor), if it is a share of the samples or the whole tensor.
 * Reports, with advice, other subclasses that wrap tensors, and DTensors sharded along another axis.
 */
export function localShard(
  subclass: PickleValue | undefined,
  state: PickleValue | undefined,
  { read, fail }: PartReader,
): TorchTensor {
  const name = globalName(subclass)?.slice(0, 200) ?? '';
  if (!/(?:^|\.)DTensor$/.test(name))
    throw fail(
      'unsupported',
      t(
        'The tensor is a {0}, which wraps other tensors. Save a plain tensor, such as t.dequantize() or t.clone().',
        name,
      ),
    );
  const attributes = attributesOf(state);
  const local = attributes.get('_local_tensor');
  const axes = shardedAxes(attributesOf(attributes.get('_spec')).get('placements'));
  if (local === undefined || axes === undefined)
    throw fail(
      'unsupported',
      t(
        'The tensor is a DTensor, and the file does not contain its placement. Save t.full_tensor() or t.to_local() instead.',
      ),
    );
  const other = axes.find((axis) => axis !== 0);
  if (other !== undefined)
    throw fail(
      'unsupported',
      t('The tensor is a DTensor that is sharded along axis {0}. Save t.full_tensor() instead.', other),
    );
  return read(local);
}

/** Returns the attributes that a state sets, by name: a dict, or with slots a pair of dicts. */
function attributesOf(value: PickleValue | undefined): ReadonlyMap<PickleValue, PickleValue> {
  const state = isKind(value, 'object') ? stateOf(value) : value;
  const parts = isKind(state, 'dict') ? [state] : (tupleItems(state) ?? []);
  return new Map(parts.flatMap((part) => (isKind(part, 'dict') ? part.entries : [])));
}

/** Returns the state of a dataclass, which may be stored as its state or as the arguments of its class. */
function stateOf({ state, args }: PickleObject): PickleValue | undefined {
  return state ?? args;
}

/**
 * Returns the axes along which the mesh shards the tensor, according to its placements; replicas shard none. Returns
 * undefined for partial sums and unknown placements.
 */
function shardedAxes(placements: PickleValue | undefined): readonly number[] | undefined {
  const items = tupleItems(placements) ?? (isKind(placements, 'list') ? placements.items : undefined);
  if (items === undefined || items.length === 0) return undefined;
  const axes: number[] = [];
  for (const item of items) {
    const text = typeof item === 'string' ? item : placementText(item);
    const shard = /^Shard\((?:dim=)?(\d{1,3})\)$/.exec(text);
    if (shard !== null) axes.push(Number(shard[1]));
    else if (!/^Replicate\b/.test(text)) return undefined;
  }
  return axes;
}

/** Returns the `repr` of a placement object. */
function placementText(value: PickleValue): string {
  if (!isKind(value, 'object')) return '';
  const name = /(?:^|\.)(Shard|Replicate)$/.exec(globalName(value.callee) ?? '')?.[1];
  if (name === undefined) return '';
  const dim = attributesOf(value.state).get('dim') ?? tupleItems(value.args)?.[0];
  return name === 'Shard' ? `Shard(${String(dim)})` : name;
}
