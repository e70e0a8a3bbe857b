/** What `.zarray` says of an array of float32, version 2, without compression. */
export function zarrArray2(shape: readonly number[], chunks: readonly number[]) {
  return {
    zarr_format: 2,
    shape,
    chunks,
    dtype: '<f4',
    compressor: null,
    fill_value: 0,
    order: 'C',
    filters: null,
  };
}
