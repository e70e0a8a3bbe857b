/** Suffixes of supported dump files, in lowercase with their dot. */
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

/** Common suffixes of files of `torch.save` and `pickle.dump`. Other files use them too, so the content decides. */
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

/** Suffix of folders that are dumps themselves. */
export const STORE_SUFFIX = '.zarr';

export type DumpSuffix = (typeof DUMP_SUFFIXES)[number];

/** Returns the suffix of a dump file's name; undefined if Normscope does not read such a file. */
export function dumpSuffix(name: string): DumpSuffix | undefined {
  const lower = name.toLowerCase();
  return isEventFile(name) ? '.tfevents' : DUMP_SUFFIXES.find((suffix) => lower.endsWith(suffix));
}

/** Returns the suffix of a file that may be a dump, depending on its content; undefined without such a suffix. */
export function contentSuffix(name: string): string | undefined {
  const lower = name.toLowerCase();
  return CONTENT_SUFFIXES.find((suffix) => lower.endsWith(suffix));
}

/**
 * Returns whether a name is that of a TensorBoard event file: `events.out.tfevents.1700000000.host.1234.0`, with an
 * optional `.v2` at the end.
 */
export function isEventFile(name: string): boolean {
  return /(?:^|\.)tfevents(?:\.|$)/iu.test(name);
}

/**
 * Returns whether a folder with these entries is a distributed checkpoint of PyTorch: `.metadata`, `__0_0.distcp`, and
 * so on.
 */
export function isDistributedCheckpoint(entries: readonly { readonly name: string }[]): boolean {
  return (
    entries.some(({ name }) => name === '.metadata') && entries.some(({ name }) => name.endsWith('.distcp'))
  );
}
