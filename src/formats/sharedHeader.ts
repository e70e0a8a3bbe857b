/**
 * Files that a training run writes step after step list the same tensors at the same places; only their texts differ.
 * The list of the file before is used again if the header says the same.
 */
export interface ShareableList {
  /** Texts by key; they differ from file to file. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Bytes of the data. */
  readonly available: number;
}

/** What the header of a file before said, but for the texts at its beginning. */
interface Known<T> {
  /** Its end, without spaces: what follows the texts, or all of it. */
  readonly tail: string;
  readonly list: T;
}

/** Where the texts are, if a header begins with them. */
const TEXTS = '{"__metadata__":';
/** Characters of a header's texts, and of the rest, for it to be kept and found. */
const MOST = 1 << 18;

/** Keeps the list of one file for the next ones with the same header. */
export interface SharedLists<T extends ShareableList> {
  /** The list that a header stands for, with its own texts; undefined if it has to be read. */
  find(header: string, available: number): T | undefined;
  /** Keeps what was read from a valid header without problems; `texts`: the value of its `__metadata__`. */
  keep(header: string, texts: unknown, list: T): void;
}

/** Lists of one kind of header: a JSON object of tensors, with texts as `__metadata__`. */
export function sharedLists<T extends ShareableList>(): SharedLists<T> {
  let known: Known<T> | undefined;
  return {
    find: (header, available) => {
      const text = withoutPadding(header);
      if (known === undefined || known.list.available !== available || !text.endsWith(known.tail))
        return undefined;
      const before = text.slice(0, text.length - known.tail.length);
      if (before === '') return known.list;
      // What is left is an object of its own only if the tail's first character is the comma after it.
      const metadata = known.tail.startsWith(',') ? textsIn(`${before}}`) : undefined;
      return metadata && { ...known.list, metadata };
    },
    keep: (header, texts, list) => {
      const text = withoutPadding(header);
      const before = `${TEXTS}${JSON.stringify(texts)}`;
      const isAfter = texts !== undefined && text.startsWith(`${before},`);
      const tail = isAfter ? text.slice(before.length) : text;
      // A part of a text keeps all of it in memory.
      if (text.length <= 2 * MOST && tail.length <= MOST) known = { tail, list };
    },
  };
}

/** The spaces that align the data after a header. */
function withoutPadding(header: string): string {
  let end = header.length;
  while (end > 0 && header.charCodeAt(end - 1) === 0x20) end--;
  return header.slice(0, end);
}

/**
 * The texts of a header that has nothing else. Undefined for all that a writer does not write so: JSON text that is
 * exactly what its values make has no key twice.
 */
function textsIn(header: string): Map<string, string> | undefined {
  if (header.length > MOST || !header.startsWith(TEXTS)) return undefined;
  try {
    const object: unknown = JSON.parse(header);
    if (JSON.stringify(object) !== header) return undefined;
    const texts = Object.entries(object as object);
    const [[, values]] = texts as [string, unknown][];
    if (texts.length !== 1 || typeof values !== 'object' || values === null || Array.isArray(values))
      return undefined;
    const metadata = new Map<string, string>();
    for (const [key, text] of Object.entries(values)) {
      if (typeof text !== 'string') return undefined;
      metadata.set(key, text);
    }
    return metadata;
  } catch {
    return undefined;
  }
}
