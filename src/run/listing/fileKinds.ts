import { t } from '@vscode/l10n';
import {
  contentSuffix,
  DUMP_SUFFIXES,
  dumpSuffix,
  isEventFile,
  STORE_SUFFIX,
} from '../../formats/dumpSuffixes';

/** File name of the sidecar in a run's folder. Its JSON Schema is media/normscope.schema.json. */
export const SIDECAR_NAME = 'normscope.json';

/** For messages. */
export const READ_SUFFIXES = [...DUMP_SUFFIXES, STORE_SUFFIX].join(', ').replace(/, (?=[^,]*$)/u, ' and ');

/** Suffixes of files (and of zarr's folders) that may hold tensors but are not read. */
const NOT_READ = suffixes(
  'joblib keras zarr n5 mat tfrecord tfrecords parquet feather arrow',
  'msgpack onnx gguf ggml pb tgz zip 7z rar gz bz2 xz zst lz4',
);

/** Suffixes of files that are plainly no dumps. */
const NO_DUMP = suffixes(
  'py pyc pyi ipynb c cc cpp cu h hpp js ts rs go java lua r jl m sh bash bat ps1 sbatch slurm patch diff orig',
  'txt md rst tex pdf doc docx html htm css log out err csv tsv json jsonl yaml yml toml ini cfg conf xml',
  'lock tmp bak swp sqlite db wandb pid done ok sum md5 sha1 sha256 map',
  'png jpg jpeg gif svg webp bmp tif tiff ico mp3 mp4 wav flac ogg avi mov webm ttf woff woff2 vocab merges',
);

/** Names of files that are plainly no dumps. */
const NO_DUMP_NAME =
  /^(readme|licen[cs]e|copying|changelog|notice|authors|makefile|dockerfile|requirements|thumbs\.db)$/iu;

function suffixes(...lines: readonly string[]): RegExp {
  return new RegExp(`\\.(?:${lines.join(' ').split(' ').join('|')})$`, 'iu');
}

const SKIPPED_FOLDERS = new Set(['node_modules', '__pycache__', '__MACOSX']);

/**
 * `read`: its tensors are read, if its content is a dump's; `ignored`: plainly no dump; else why it is not recognized.
 */
export type FileKind = 'read' | 'ignored' | { readonly reason: string };

/** What to do with a file of a run folder, by its name. */
export function fileKind(name: string): FileKind {
  if (dumpSuffix(name) !== undefined) return 'read';
  if (name.startsWith('.') || NO_DUMP.test(name) || NO_DUMP_NAME.test(name)) return 'ignored';
  return NOT_READ.test(name) ? unreadReason(name) : 'read';
}

/** Whether a folder is one dump in itself, and so is listed and not entered. */
export function isDumpFolder(name: string): boolean {
  return isStore(name) || isN5(name);
}

/** Zarr's elder relative, which is not read. */
export function isN5(name: string): boolean {
  return /\.n5$/iu.test(name);
}

/** Files by which a folder of any name is known as a zarr store. */
const STORE_FILES: ReadonlySet<string> = new Set(['.zgroup', '.zarray', 'zarr.json']);

/** Whether a folder of this name, or with these entries, is a zarr store. */
export function isStore(name: string, entries: readonly { readonly name: string }[] = []): boolean {
  return name.toLowerCase().endsWith(STORE_SUFFIX) || entries.some((entry) => STORE_FILES.has(entry.name));
}

/** Files by which a checkpoint of Orbax is known. */
const ORBAX_FILES: ReadonlySet<string> = new Set(['_CHECKPOINT_METADATA', 'manifest.ocdbt']);

/** Why a folder with these entries, which is a dump in itself, is not read, and what to do; undefined for others. */
export function unreadFolder(entries: readonly { readonly name: string }[]): string | undefined {
  return entries.some(({ name }) => ORBAX_FILES.has(name))
    ? t(
        'An Orbax checkpoint, which is not supported. Restore it with orbax.checkpoint, and save the arrays with numpy.savez.',
      )
    : undefined;
}

/** Whether a folder never holds dumps: hidden ones and caches of tools. */
export function isSkippedFolder(name: string): boolean {
  return name.startsWith('.') || SKIPPED_FOLDERS.has(name);
}

/** Why a file or dump folder is not read. */
export function unreadReason(name: string): { readonly reason: string } {
  const suffix = NOT_READ.exec(name)?.[0].toLowerCase();
  return {
    reason:
      suffix === undefined
        ? t('Unsupported file type. Normscope reads {0}.', READ_SUFFIXES)
        : t('{0} files are not supported. Normscope reads {1}.', suffix, READ_SUFFIXES),
  };
}

/**
 * File name without the suffix of a dump; that of an event file is a time and a host, and names nothing, but that
 * Amazon SageMaker Debugger's says the worker (`000000000100_worker_0.tfevents`).
 */
export function stemOf(name: string): string {
  if (isEventFile(name)) return /^\d+_(worker_\d+)\.tfevents$/u.exec(name)?.[1] ?? '';
  const suffix = dumpSuffix(name) ?? contentSuffix(name) ?? (isStore(name) ? STORE_SUFFIX : undefined);
  return suffix === undefined || suffix.length === name.length ? name : name.slice(0, -suffix.length);
}
