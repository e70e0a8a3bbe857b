import { t } from '@vscode/l10n';
import { bufferSource } from '../../io/bufferSource';
import { elementCount } from '../../model/elementCount';
import { problemError } from '../../model/problem';
import { fitsFloat32 } from '../decode';
import { ITEM_SIZE } from '../dtype';
import { cOrderStrides } from '../shape';
import type { PartReader } from './partReader';
import { partValues } from './partValues';
import { indices, type PickleValue } from './pickleValues';
import type { TorchTensor } from './torchTensor';

/** Maximum bytes of a sparse tensor in dense form, which is held as a whole. */
const MAX_DENSE = 64 * 2 ** 20;
/** Size in bytes that any file may claim. Beyond it, the size must not exceed a multiple of the stored elements. */
const FREE_DENSE = 2 ** 20;
const MAX_EXPANSION = 1024;

/**
 * Returns a sparse tensor as a dense one: coordinates (COO), or compressed rows or columns (CSR, CSC) of a matrix
 * [torch/_utils.py, _rebuild_sparse_tensor]. `data` is its pickled tuple. Values at the same position are summed.
 */
export function sparseTensor(
  layout: string,
  data: readonly PickleValue[],
  { read, fail }: PartReader,
): TorchTensor {
  const isCoo = layout === 'torch.sparse_coo';
  const isCsr = layout === 'torch.sparse_csr' || layout === '';
  const compressed = isCsr || layout === 'torch.sparse_csc';
  const places = (isCoo ? data.slice(0, 1) : data.slice(0, 2)).map(read);
  const values = read(data[places.length]);
  const shape = indices(data[places.length + 1]);
  if (shape === undefined) throw fail('malformed', t('Expected the shape of a sparse tensor.'));
  const fits = isCoo
    ? isCooOf(shape, places[0], values)
    : compressed && isCompressedOf(shape, isCsr ? 0 : 1, places, values);
  if (!fits)
    throw fail(
      'unsupported',
      t('This sparse tensor ({0}) is not supported. Save t.to_dense() instead.', layout.slice(0, 100)),
    );
  const dtype = fitsFloat32(values.info.dtype) ? 'float32' : 'float64';
  const bytes = elementCount(shape) * ITEM_SIZE[dtype];
  const stored = [...places, values].reduce(
    (sum, { info }) => sum + elementCount(info.shape) * ITEM_SIZE[info.dtype],
    0,
  );
  if (!(bytes <= MAX_DENSE && bytes <= Math.max(FREE_DENSE, MAX_EXPANSION * stored)))
    throw fail(
      'unsupported',
      t(
        'The sparse tensor needs {0} bytes as a dense tensor, which is too large. Save the relevant rows as dense tensors.',
        bytes,
      ),
    );
  const count = isCoo ? places[0].info.shape[1] : values.info.shape[0];
  const placesOf = isCoo ? cooPlaces(shape, count) : compressedPlaces(shape, count, isCsr);
  return {
    info: { name: values.info.name, dtype, littleEndian: true, shape, strides: cOrderStrides(shape) },
    data: {
      parts: [...places, values],
      compose: async (sources) => {
        const { path } = sources[0];
        const numbers = await Promise.all([...places, values].map((part, i) => partValues(part, sources[i])));
        for (const source of sources) await source.close();
        const filled = dtype === 'float32' ? new Float32Array(bytes / 4) : new Float64Array(bytes / 8);
        if (!fill(filled, placesOf(numbers), numbers[numbers.length - 1]))
          throw problemError('malformed', path, t('A value of the sparse tensor is outside its shape.'));
        return bufferSource(path, new Uint8Array(filled.buffer));
      },
    },
  };
}

/** `indices` are [sparse axes, n]; `values` are [n, the other axes]. */
function isCooOf(shape: readonly number[], { info }: TorchTensor, values: TorchTensor): boolean {
  const [axes, count] = info.shape;
  return (
    info.shape.length === 2 &&
    axes <= shape.length &&
    values.info.shape.join() === [count, ...shape.slice(axes)].join()
  );
}

function isCompressedOf(
  shape: readonly number[],
  axis: 0 | 1,
  [pointers, others]: readonly TorchTensor[],
  values: TorchTensor,
): boolean {
  const count = others.info.shape.join();
  return (
    shape.length === 2 &&
    pointers.info.shape.join() === String(shape[axis] + 1) &&
    others.info.shape.length === 1 &&
    values.info.shape.join() === count
  );
}

/** Returns the start of each entry's values in the dense tensor; NaN for positions outside it. */
type PlacesOf = (numbers: readonly Float64Array[]) => Float64Array;

function cooPlaces(shape: readonly number[], count: number): PlacesOf {
  return ([coordinates]) => {
    const axes = count === 0 ? 0 : coordinates.length / count;
    const strides = cOrderStrides(shape);
    return Float64Array.from({ length: count }, (_, i) => {
      let place = 0;
      for (let axis = 0; axis < axes; axis++) {
        const index = coordinates[axis * count + i];
        place += isWithin(index, shape[axis]) ? index * strides[axis] : Number.NaN;
      }
      return place;
    });
  };
}

function compressedPlaces(shape: readonly number[], count: number, isCsr: boolean): PlacesOf {
  const [rows, columns] = shape;
  return ([pointers, others]) => {
    const places = new Float64Array(count).fill(Number.NaN);
    for (let line = 0; line + 1 < pointers.length; line++) {
      for (let i = Math.max(0, pointers[line]); i < Math.min(count, pointers[line + 1]); i++) {
        const other = others[i];
        if (!isWithin(other, isCsr ? columns : rows)) continue;
        places[i] = isCsr ? line * columns + other : other * columns + line;
      }
    }
    return places;
  };
}

function isWithin(index: number, length: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < length;
}

/** Adds the values at their positions. Returns false if a position is invalid. */
function fill(target: Float32Array | Float64Array, places: Float64Array, values: Float64Array): boolean {
  const run = places.length === 0 ? 0 : values.length / places.length;
  for (let i = 0; i < places.length; i++) {
    if (Number.isNaN(places[i])) return false;
    for (let inner = 0; inner < run; inner++) target[places[i] + inner] += values[i * run + inner];
  }
  return true;
}
