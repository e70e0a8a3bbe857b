/** Suffixes of the dump files that can be read, in lower case with their dot. */
export const DUMP_SUFFIXES = ['.npy', '.npz', '.safetensors', '.pt', '.pth'] as const;

export type DumpSuffix = (typeof DUMP_SUFFIXES)[number];

/** The suffix of a dump file's name; undefined where Normscope does not read such a file. */
export function dumpSuffix(name: string): DumpSuffix | undefined {
  const lower = name.toLowerCase();
  return DUMP_SUFFIXES.find((suffix) => lower.endsWith(suffix));
}
