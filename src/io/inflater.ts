import {
  createGunzip,
  createInflate,
  createInflateRaw,
  type Gunzip,
  type Inflate,
  type InflateRaw,
} from 'node:zlib';

/** Deflated data as it is [RFC 1951], in zlib's wrapping [RFC 1950], or in gzip's [RFC 1952]. */
export type DeflateFormat = 'deflate-raw' | 'zlib' | 'gzip';

/** Inflates a stream of bytes, one piece at a time. */
export interface Inflater {
  /**
   * The next inflated bytes, at least one, or `undefined` at the end of the data. Rejects if the data is damaged or
   * truncated, or if `readInput` rejects. Call it again only after it has settled.
   */
  next(): Promise<Uint8Array | undefined>;
  /** Frees what the inflater holds; `next` must not be called afterwards. */
  close(): void;
}

/** Starts to inflate what `readInput` returns, call by call, until it returns `undefined`. */
export type OpenInflater = (
  format: DeflateFormat,
  readInput: () => Promise<Uint8Array | undefined>,
) => Inflater;

/** Compressed bytes to pass to an inflater at a time; more are not faster. */
export const INPUT_BYTES = 1 << 16;

/** Inflated bytes that zlib makes at a time. With its default of 16 KB it takes twice as long. */
const CHUNK_BYTES = 1 << 20;

const OPEN: Readonly<
  Record<DeflateFormat, (options: { chunkSize: number }) => InflateRaw | Inflate | Gunzip>
> = {
  'deflate-raw': createInflateRaw,
  zlib: createInflate,
  gzip: createGunzip,
};

/**
 * Inflates with Node's zlib, which works on another thread while this one uses the previous output. zlib pauses while
 * nothing reads, so at most about two chunks of output are in memory.
 */
export const openInflater: OpenInflater = (format, readInput) => {
  const stream = OPEN[format]({ chunkSize: CHUNK_BYTES });
  let isWriting = false;
  let hasInput = true;
  let hasEnded = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = () => {};
  stream.on('readable', () => wake());
  stream.on('end', () => {
    hasEnded = true;
    wake();
  });
  stream.on('error', (error) => {
    failure = { error };
    wake();
  });

  async function write(): Promise<void> {
    const input = await readInput();
    if (input === undefined) {
      hasInput = false;
      stream.end();
      return;
    }
    isWriting = true;
    stream.write(input, () => {
      isWriting = false;
      wake();
    });
  }

  return {
    next: async () => {
      for (;;) {
        const piece = stream.read() as Uint8Array | null;
        if (piece !== null) return piece;
        if (failure !== undefined) throw failure.error;
        if (hasEnded) return undefined;
        if (hasInput && !isWriting) await write();
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
    close: () => void stream.destroy(),
  };
};
