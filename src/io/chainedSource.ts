import { problemError } from '../model/problem';
import { assertRange, type ByteSource } from './byteSource';

/** One of several sources that follow each other. */
export interface Link {
  /** Bytes of it that count, from its start. */
  readonly size: number;
  open(): Promise<ByteSource>;
}

/**
 * The concatenation of several sources. One of them is open at a time; reads wait for each other. `path` is the URI in
 * problems of the whole; problems of a part name the part.
 */
export function chainedSource(path: string, links: readonly Link[], isSequential: boolean): ByteSource {
  const size = links.reduce((sum, link) => sum + link.size, 0);
  let open: { readonly index: number; readonly source: ByteSource } | undefined;
  let queue: Promise<void> = Promise.resolve();
  let closed = false;

  async function sourceOf(index: number): Promise<ByteSource> {
    if (open?.index === index) return open.source;
    const previous = open;
    open = undefined;
    await previous?.source.close();
    open = { index, source: await links[index].open() };
    return open.source;
  }

  async function readLinks(offset: number, target: Uint8Array): Promise<void> {
    if (closed) throw problemError('internal', path, 'A tensor was read after it was closed.');
    assertRange({ path, size }, offset, target.length);
    let start = 0;
    let filled = 0;
    for (const [index, link] of links.entries()) {
      const from = offset + filled - start;
      const length = Math.min(link.size - from, target.length - filled);
      if (from >= 0 && length > 0) {
        const source = await sourceOf(index);
        await source.read(from, target.subarray(filled, filled + length));
        filled += length;
      }
      start += link.size;
    }
  }

  return {
    path,
    size,
    isSequential,
    read: (offset, target) => {
      const read = queue.then(() => readLinks(offset, target));
      queue = read.catch(() => {});
      return read;
    },
    close: async () => {
      closed = true;
      await queue;
      await open?.source.close();
      open = undefined;
    },
  };
}
