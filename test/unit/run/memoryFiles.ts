import { bufferSource } from '../../../src/io/bufferSource';
import type { FileSystem } from '../../../src/io/fileSystem';
import { problemError } from '../../../src/model/problem';
import type { FolderEntry } from '../../../src/protocol/kernelApi';

/** Contents by path: bytes, a link to another path (from the root), or neither a file nor a folder. */
export type Files = Readonly<Record<string, Uint8Array | { readonly link: string } | 'pipe'>>;

export const ROOT = 'memory:///run';

interface Folder {
  readonly entries: Map<string, Node>;
}
type Node = Folder | Uint8Array | { readonly link: string } | 'pipe';

/** A file system in memory whose links lead where real ones would, loops included. */
export function memoryFiles(files: Files): FileSystem & { readonly opened: () => number } {
  const root: Folder = { entries: new Map() };
  for (const [path, content] of Object.entries(files)) {
    const segments = path.split('/');
    let folder = root;
    for (const segment of segments.slice(0, -1)) {
      const next = folder.entries.get(segment) ?? { entries: new Map() };
      folder.entries.set(segment, next);
      folder = next as Folder;
    }
    folder.entries.set(segments.at(-1)!, content);
  }
  let open = 0;

  const walk = (segments: readonly string[]): Node | undefined =>
    segments.reduce<Node | undefined>((node, segment) => {
      if (node === undefined || !isFolder(node)) return undefined;
      return follow(node.entries.get(segment));
    }, root);
  const follow = (node: Node | undefined): Node | undefined =>
    typeof node === 'object' && 'link' in node
      ? walk(node.link.split('/').filter((segment) => segment !== ''))
      : node;
  const find = (uri: string): Node => {
    const node = walk(uri.slice(ROOT.length).split('/').filter(Boolean).map(decodeURIComponent));
    if (node === undefined) throw problemError('not-found', uri, 'There is no such file.');
    return node;
  };
  const entryOf = (uri: string, node: Node): FolderEntry => ({
    name: decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1)),
    uri,
    kind: isFolder(node) ? 'folder' : node instanceof Uint8Array ? 'file' : 'other',
    size: node instanceof Uint8Array ? node.length : 0,
  });
  return {
    opened: () => open,
    stat: async (uri) => entryOf(uri, find(uri)),
    list: async (uri) => {
      const folder = find(uri);
      if (!isFolder(folder)) throw problemError('unreadable', uri, 'Not a folder.');
      return [...folder.entries.keys()].map((name) => {
        const child = `${uri}/${encodeURIComponent(name)}`;
        return entryOf(child, find(child));
      });
    },
    open: async (uri) => {
      const node = find(uri);
      if (!(node instanceof Uint8Array)) throw problemError('unreadable', uri, 'Not a file.');
      open++;
      const source = bufferSource(uri, node);
      return {
        ...source,
        close: async () => {
          open--;
          await source.close();
        },
      };
    },
  };
}

function isFolder(node: Node): node is Folder {
  return typeof node === 'object' && 'entries' in node && node.entries instanceof Map;
}

export function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

/** An .npy file of float32 zeros, as NumPy 1.24 writes it. */
export function npy(shape: readonly number[], descr = '<f4'): Uint8Array {
  const size = Number(descr.slice(-1));
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.map((n) => `${n},`).join(' ')}), }`;
  const header = `${dict.padEnd(Math.ceil((dict.length + 11) / 64) * 64 - 11)}\n`;
  const start = new Uint8Array([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    header.length & 255,
    header.length >> 8,
  ]);
  const data = new Uint8Array(shape.reduce((a, b) => a * b, 1) * size);
  return concatenate(start, text(header), data);
}

/** A safetensors file of float32 zeros. */
export function safetensors(
  tensors: Readonly<Record<string, readonly number[]>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  let offset = 0;
  const header = new Map<string, unknown>(metadata === undefined ? [] : [['__metadata__', metadata]]);
  for (const [name, shape] of Object.entries(tensors)) {
    const end = offset + 4 * shape.reduce((a, b) => a * b, 1);
    header.set(name, { dtype: 'F32', shape, data_offsets: [offset, end] });
    offset = end;
  }
  const json = text(JSON.stringify(Object.fromEntries(header)));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return concatenate(length, json, new Uint8Array(offset));
}

function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
