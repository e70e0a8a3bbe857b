import { t } from '@vscode/l10n';
import type { DType } from '../../model/catalog';
import { localShard } from './localShard';
import type { PartReader } from './partReader';
import { globalName, isKind, type PickleObject, type PickleValue, tupleItems } from './pickleValues';
import { quantizedPerChannel, quantizedPerTensor } from './quantizedTensor';
import { sparseTensor } from './sparseTensor';
import type { TorchTensor } from './torchTensor';

/**
 * Returns the tensor of a call that makes it from others [torch/_utils.py]: quantized, sparse, or wrapped by a
 * subclass. Returns undefined for other calls. Throws, with advice, for tensors of these kinds that cannot be read.
 */
export function composedTensor(
  { callee, args, state }: PickleObject,
  parts: PartReader,
): TorchTensor | undefined {
  const values = tupleItems(args) ?? [];
  switch (globalName(callee)) {
    case 'torch._tensor._rebuild_from_type_v2':
    case 'torch._tensor._rebuild_from_type':
      return globalName(values[0]) === 'torch._utils._rebuild_wrapper_subclass'
        ? localShard(values[1], values[3], parts)
        : undefined;
    case 'torch._utils._rebuild_wrapper_subclass':
      return localShard(values[0], state, parts);
    case 'torch._utils._rebuild_qtensor':
      return quantized(values, parts);
    case 'torch._utils._rebuild_sparse_tensor':
    case 'torch._utils._rebuild_sparse_csr_tensor':
      return sparse(values, parts);
    case 'torch._utils._rebuild_device_tensor_from_numpy':
    case 'torch._utils._rebuild_device_tensor_from_cpu_tensor':
    case 'torch._utils._rebuild_xla_tensor':
      return parts.read(values[0]);
    case 'torch._utils._rebuild_meta_tensor_no_storage':
      throw parts.fail('unsupported', t('The tensor is on the meta device, so it has no values.'));
    case 'torch._utils._rebuild_nested_tensor':
      throw parts.fail(
        'unsupported',
        t('The tensor is nested. Save torch.nested.to_padded_tensor(t, float("nan")) instead.'),
      );
    default:
      return undefined;
  }
}

/** `(storage, offset, size, stride, (scheme, …), …)`. */
function quantized(values: readonly PickleValue[], parts: PartReader): TorchTensor {
  const [stored, , , , quantizer] = values;
  const [scheme, ...parameters] = tupleItems(quantizer) ?? [];
  const typeName = isKind(stored, 'persistent') ? globalName(tupleItems(stored.id)?.[1]) : undefined;
  const dtype = QUANTIZED.get(typeName ?? '');
  if (dtype === undefined)
    throw parts.fail(
      'unsupported',
      t(
        'The quantized type {0} is not supported. Save t.dequantize() instead.',
        String(typeName).slice(0, 100),
      ),
    );
  const integers = parts.readStored(values, dtype);
  const name = globalName(scheme);
  if (name === 'torch.per_tensor_affine') return quantizedPerTensor(integers, parameters, parts);
  if (name === 'torch.per_channel_affine') return quantizedPerChannel(integers, parameters, parts);
  throw parts.fail(
    'unsupported',
    t(
      'The quantization scheme {0} is not supported. Save t.dequantize() instead.',
      String(name).slice(0, 100),
    ),
  );
}

const QUANTIZED: ReadonlyMap<string, DType> = new Map([
  ['torch.QUInt8Storage', 'uint8'],
  ['torch.QInt8Storage', 'int8'],
  ['torch.QInt32Storage', 'int32'],
]);

/** `(layout, (indices, values, size, …))`; the layout is a call of `_get_layout` with its name. */
function sparse([layout, data]: readonly PickleValue[], parts: PartReader): TorchTensor {
  const named = isKind(layout, 'object') ? tupleItems(layout.args)?.[0] : globalName(layout);
  return sparseTensor(typeof named === 'string' ? named : '', tupleItems(data) ?? [], parts);
}
