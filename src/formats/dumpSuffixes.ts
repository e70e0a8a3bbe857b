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

/**
 * Suffixes that files of `torch.save` and `pickle.dump` often have, among others: what such a file is, its content
 * says.
 */
export const CONTENT_SUFFIXES = [
  '.pth.tar',
  '.pt.tar',
  '.ckpt',
  '.chkpt',
  '.pkl',
  '.pickle',
  '.p',
  '.tar',
  '.dat',
  '.dump',
  '.sav',
] as const;

/** Suffix of the folders that are a dump in themselves. */
export const STORE_SUFFIX = '.zarr';

export type DumpSuffix = (typeof DUMP_SUFFIXES)[number];

/** The suffix of a dump file's name; undefined where Normscope does not read such a file. */
export function dumpSuffix(name: string): DumpSuffix | undefined {
  const lower = name.toLowerCase();
  return isEventFile(name) ? '.tfevents' : DUMP_SUFFIXES.find((suffix) => lower.endsWith(suffix));
}

/** The suffix of a file that may be a dump, depending on its content; undefined without such a suffix. */
export function contentSuffix(name: string): string | undefined {
  const lower = name.toLowerCase();
  return CONTENT_SUFFIXES.find((suffix) => lower.endsWith(suffix));
}

/** TensorBoard's event files: `events.out.tfevents.1700000000.host.1234.0`, with `.v2` behind. */
export function isEventFile(name: string): boolean {
  return /(?:^|\.)tfevents(?:\.|$)/iu.test(name);
}

/** Whether a folder with these entries is a distributed checkpoint of PyTorch: `.metadata` and `__0_0.distcp` and so on. */
export function isDistributedCheckpoint(entries: readonly { readonly name: string }[]): boolean {
  return (
    entries.some(({ name }) => name === '.metadata') && entries.some(({ name }) => name.endsWith('.distcp'))
  );
}
