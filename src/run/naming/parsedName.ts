import { type InTurns, inTurns } from '../../model/inTurns';
import type { NameFields } from './nameFields';

/** The location of a tensor: the path from the run's root (the last segment without its suffix) and the key. */
export interface TensorName {
  readonly folders: readonly string[];
  /** File name without suffix. */
  readonly stem: string;
  /** Key inside the file; empty if the file is the tensor. */
  readonly key: string;
}

/** The rest of a text after its fields are removed. */
export interface Remainder {
  readonly text: string;
  /** Whether fields were removed. */
  readonly marked: boolean;
}

/** A parsed name. */
export interface ParsedName {
  readonly fields: NameFields;
  readonly folders: readonly Remainder[];
  readonly stem: Remainder;
  /** Without fields; may be empty. */
  readonly key: string;
  /** Whether the tensor has a key, because the file can contain more than one tensor. */
  readonly keyed: boolean;
}

/** What the names of a run are made of, each text once. */
export interface NameTexts {
  /** The names of all folders and files. */
  readonly around: ReadonlySet<string>;
  readonly keys: ReadonlySet<string>;
}

export function* textsOf(names: readonly TensorName[]): InTurns<NameTexts> {
  const around = new Set<string>();
  const keys = new Set<string>();
  let last: TensorName | undefined;
  yield* inTurns(names, (name) => {
    keys.add(name.key);
    // The names of a file follow each other, and have its path.
    if (name.stem === last?.stem && name.folders === last.folders) return;
    last = name;
    for (const folder of name.folders) around.add(folder);
    around.add(name.stem);
  });
  return { around, keys };
}

/**
 * `find`, which looks at the path of a name alone, for names in the order of a run: those of a file follow each other, so
 * that it is not asked again where it has found nothing.
 */
export function oncePerPath<T>(
  find: (name: ParsedName) => T | undefined,
): (name: ParsedName) => T | undefined {
  let bare: ParsedName | undefined;
  return (name) => {
    const { stem, folders, keyed } = name;
    if (stem === bare?.stem && folders === bare.folders && keyed === bare.keyed) return undefined;
    const found = find(name);
    if (found === undefined) bare = name;
    return found;
  };
}
