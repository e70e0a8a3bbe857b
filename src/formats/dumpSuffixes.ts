/** Suffixes of the dump files that can be read, in lower case with their dot. */
export const DUMP_SUFFIXES = [
  '.npy',
  '.npz',
  '.safetensors',
  '.pt',
  '.pth',
  '.bin',
  '.h5',
  '.hdf5',
  '.hdf',
  '.he5',
  '.nc',
  '.nc4',
  '.tfevents',
] as const;

/** Suffix of the folders that are a dump in themselves. */
export const STORE_SUFFIX = '.zarr';

export type DumpSuffix = (typeof DUMP_SUFFIXES)[number];

/** The suffix of a dump file's name; undefined where Normscope does not read such a file. */
export function dumpSuffix(name: string): DumpSuffix | undefined {
  const lower = name.toLowerCase();
  return isEventFile(name) ? '.tfevents' : DUMP_SUFFIXES.find((suffix) => lower.endsWith(suffix));
}

/** TensorBoard's event files: `events.out.tfevents.1700000000.host.1234.0`, with `.v2` behind. */
export function isEventFile(name: string): boolean {
  return /(?:^|\.)tfevents(?:\.|$)/iu.test(name);
}
