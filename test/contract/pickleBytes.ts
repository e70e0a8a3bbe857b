import { readFileSync } from 'node:fs';
import { unzipSync, zipSync } from 'fflate';
import { fixturePath } from '../unit/formats/expected';
import { concatenated } from './dumpBytes';

/** A pickle of protocol 2 from opcodes: texts are their ASCII bytes, numbers single bytes. */
export function pickleBytes(...parts: readonly (string | number | Uint8Array)[]): Uint8Array {
  return concatenated(
    Uint8Array.of(0x80, 2),
    ...parts.map((part) =>
      typeof part === 'string'
        ? new TextEncoder().encode(part)
        : typeof part === 'number'
          ? Uint8Array.of(part)
          : part,
    ),
  );
}

/** BINUNICODE. */
export function pickledText(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length, true);
  return concatenated(new TextEncoder().encode('X'), length, bytes);
}

/** GLOBAL. */
export function pickledGlobal(module: string, name: string): string {
  return `c${module}\n${name}\n`;
}

/** LONG1 of eight bytes. */
export function pickledInteger(value: bigint): Uint8Array {
  const bytes = new Uint8Array(10);
  bytes.set([0x8a, 8]);
  new DataView(bytes.buffer).setBigInt64(2, value, true);
  return bytes;
}

/** A file of torch.save in which the pickle is another one: of its storages, "0" has 96 bytes of float32. */
export function torchBytes(pickle: Uint8Array): Uint8Array {
  const evil = unzipSync(Uint8Array.from(readFileSync(fixturePath('samples/torch/evil.pt'))));
  return zipSync({ ...evil, 'evil/data.pkl': pickle }, { level: 0 });
}

/** A float32 tensor of storage "0" by `_rebuild_tensor_v2`; lengths up to 2^63. */
export function pickledTensor(
  shape: readonly bigint[],
  strides: readonly bigint[],
  {
    offset = 0n,
    count = 24n,
    key = '0',
    type = 'FloatStorage',
    metadata = new Uint8Array(0) as Uint8Array,
  } = {},
): Uint8Array {
  const tuple = (values: readonly bigint[]) => ['(', ...values.map(pickledInteger), 't'];
  const parts = [
    pickledGlobal('torch._utils', '_rebuild_tensor_v2'),
    '((',
    pickledText('storage'),
    pickledGlobal('torch', type),
    pickledText(key),
    pickledText('cpu'),
    pickledInteger(count),
    'tQ',
    pickledInteger(offset),
    ...tuple(shape),
    ...tuple(strides),
    0x89,
    'N',
    metadata,
    'tR',
  ];
  return pickleBytes(...parts).subarray(2);
}
