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

/** The names of all folders and files, each once. */
export function* textsAround(names: readonly TensorName[]): InTurns<ReadonlySet<string>> {
  const texts = new Set<string>();
  yield* inTurns(names, ({ folders, stem }) => {
    for (const folder of folders) texts.add(folder);
    texts.add(stem);
  });
  return texts;
}
