import type { H5Metadata, H5Module } from 'h5wasm/module';
import { decoder } from '../decode';
import { hdf5DType } from './hdf5Types';

/** Maximum attributes per object, and bytes per attribute. */
const MAX_ATTRIBUTES = 64;
const MAX_BYTES = 1 << 16;
const STRING = 3;

/** Reads, as texts, the attributes of a group or dataset that are a single text, number, or boolean. */
export function readAttributes(module: H5Module, file: bigint, path: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const name of module.get_attribute_names(file, path).slice(0, MAX_ATTRIBUTES)) {
    const metadata = module.get_attribute_metadata(file, path, name);
    const text = isOne(metadata) ? readOne(module, file, path, name, metadata) : undefined;
    if (text !== undefined) attributes.set(name, text);
  }
  return attributes;
}

function isOne({ shape, total_size, size }: H5Metadata): boolean {
  return shape !== null && total_size === 1 && size <= MAX_BYTES;
}

function readOne(
  module: H5Module,
  file: bigint,
  path: string,
  name: string,
  metadata: H5Metadata,
): string | undefined {
  const pointer = module._malloc(metadata.size);
  if (pointer === 0) return undefined;
  module.HEAPU8.fill(0, pointer, pointer + metadata.size);
  const status = module.get_attribute_data(file, path, name, BigInt(pointer));
  const text = status < 0 ? undefined : textAt(module, pointer, metadata);
  if (status >= 0 && metadata.vlen) module.reclaim_vlen_memory(file, path, name, BigInt(pointer));
  module._free(pointer);
  return text;
}

function textAt(module: H5Module, pointer: number, metadata: H5Metadata): string | undefined {
  const bytes = module.HEAPU8.slice(pointer, pointer + metadata.size);
  if (!metadata.vlen) return textOf(bytes, metadata);
  const [address] = new Uint32Array(bytes.buffer);
  return address === 0 ? '' : module.UTF8ToString(address, MAX_BYTES);
}

function textOf(bytes: Uint8Array, metadata: H5Metadata): string | undefined {
  if (metadata.type === STRING) {
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end)).trimEnd();
  }
  const type = hdf5DType(metadata, undefined, {});
  if (!('dtype' in type)) return undefined;
  // HDF5 returns numeric attributes in this machine's byte order.
  const [value] = decoder(type.dtype, true)(bytes);
  return type.dtype === 'bool' ? String(value !== 0) : String(value);
}
