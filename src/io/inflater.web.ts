import { Inflate } from 'fflate';
import type { DeflateFormat, Inflater, OpenInflater } from './inflater';

/** Compressed bytes to pass to an inflater at a time: all that they inflate to is in memory, up to a thousand times as much. */
export const INPUT_BYTES = 1 << 15;

/** What the Compression Streams standard calls the formats. */
const NAMES: Readonly<Record<DeflateFormat, string>> = {
  'deflate-raw': 'deflate-raw',
  zlib: 'deflate',
  gzip: 'gzip',
};

/**
 * Inflates with the browser's `DecompressionStream`, which takes a third of fflate's time (Chromium 156, normal values
 * and activations after ReLU). Chrome 102, the oldest that we support, has no `deflate-raw`: there fflate inflates it.
 */
export const openInflater: OpenInflater = (format, readInput) => {
  const stream = nativeStream(format);
  if (stream !== undefined) return openNatively(stream, readInput);
  if (format === 'deflate-raw') return openPortably(readInput);
  throw new Error(`This browser cannot inflate ${format}.`);
};

function nativeStream(format: DeflateFormat): DecompressionStream | undefined {
  try {
    return new DecompressionStream(NAMES[format] as CompressionFormat);
  } catch {
    return undefined;
  }
}

/** The stream asks for input when its output has been read, one piece at a time. */
function openNatively(
  stream: DecompressionStream,
  readInput: () => Promise<Uint8Array | undefined>,
): Inflater {
  let inputFailure: { readonly error: unknown } | undefined;
  const input = new ReadableStream<BufferSource>(
    {
      pull: async (controller) => {
        try {
          const bytes = await readInput();
          if (bytes === undefined) controller.close();
          else controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
        } catch (error) {
          inputFailure = { error };
          throw error;
        }
      },
    },
    { highWaterMark: 0 },
  );
  const reader = input.pipeThrough(stream).getReader();
  return {
    next: async () => {
      try {
        return (await reader.read()).value;
      } catch (error) {
        throw inputFailure === undefined ? error : inputFailure.error;
      }
    },
    close: () => void reader.cancel().catch(() => {}),
  };
}

const NOTHING = new Uint8Array(0);

function openPortably(readInput: () => Promise<Uint8Array | undefined>): Inflater {
  let pieces: Uint8Array[] = [];
  let hasInput = true;
  let isComplete = false;
  let isEmpty = true;
  const stream = new Inflate((piece, isLast) => {
    if (piece.length > 0) pieces.push(piece);
    isComplete ||= isLast;
  });
  return {
    next: async () => {
      while (pieces.length === 0 && hasInput) {
        const input = await readInput();
        hasInput = input !== undefined;
        isEmpty &&= !hasInput;
        stream.push(input ?? NOTHING, !hasInput);
        if (!hasInput && (isEmpty || !isComplete)) throw new Error('unexpected end of file');
      }
      return pieces.shift();
    },
    close: () => {
      pieces = [];
      hasInput = false;
    },
  };
}
