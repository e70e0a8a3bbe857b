import { t } from '@vscode/l10n';
import type { ByteSource } from '../../io/byteSource';
import { type MapValue, mappedSource } from '../mappedSource';
import type { PartReader } from './partReader';
import { partValues } from './partValues';
import { isIndex, type PickleValue } from './pickleValues';
import type { TorchTensor } from './torchTensor';

/**
 * Computes `(integer − zero point) · scale` in float32 [aten/src/ATen/native/quantized/AffineQuantizerBase.cpp,
 * dequantize_val].
 */
export function quantizedPerTensor(
  integers: TorchTensor,
  [scale, zeroPoint]: readonly PickleValue[],
  { fail }: PartReader,
): TorchTensor {
  if (typeof scale !== 'number' || typeof zeroPoint !== 'number')
    throw fail('malformed', t('Expected the scale and the zero point of a quantized tensor.'));
  const factor = Math.fround(scale);
  return dequantized(integers, [], async () => (value) => (value - zeroPoint) * factor);
}

/** Like {@link quantizedPerTensor}, with a scale and a zero point for each index of one axis. */
export function quantizedPerChannel(
  integers: TorchTensor,
  [scales, zeroPoints, axis]: readonly PickleValue[],
  { read, fail }: PartReader,
): TorchTensor {
  const { shape, strides } = integers.info;
  const channels = isIndex(axis) ? shape[axis] : undefined;
  const parts = [read(scales), read(zeroPoints)];
  if (
    !isIndex(axis) ||
    channels === undefined ||
    parts.some(({ info }) => info.shape.join() !== String(channels))
  )
    throw fail('malformed', t('Expected a scale and a zero point for each channel of a quantized tensor.'));
  const stride = strides[axis];
  return dequantized(integers, parts, async (sources) => {
    const [factors, zeros] = await Promise.all(parts.map((part, i) => partValues(part, sources[i])));
    return (value, place) => {
      const channel = Math.floor(place / stride) % channels;
      return (value - zeros[channel]) * Math.fround(factors[channel]);
    };
  });
}

function dequantized(
  integers: TorchTensor,
  parameters: readonly TorchTensor[],
  mapOf: (sources: readonly ByteSource[]) => Promise<MapValue>,
): TorchTensor {
  return {
    info: { ...integers.info, dtype: 'float32', littleEndian: true },
    data: {
      parts: [integers, ...parameters],
      compose: async ([source, ...others]) => {
        const map = await mapOf(others);
        for (const other of others) await other.close();
        return mappedSource(integers.info, source, 'float32', map);
      },
    },
  };
}
