import { coarseToFine } from '../model/coarseToFine';
import { throwIfAborted } from '../rpc/abort';
import type { FileHeader } from './fileHeader';
import type { ListedFile } from './listing/listing';

/** Files in one piece of the sample, if folders do not divide them: neighbors that differ in their step, or their layer. */
const FILES = 8;
/** Tensors with which a sample is large enough, and the same of one file. */
const ENOUGH = 500;
const ENOUGH_OF_FILE = 1000;
/** A sample is worth its reading if the whole run has as many times its tensors, as far as the sample shows. */
const TIMES = 3;
/** Records of a run that takes a second to list, about: with fewer, a sample only delays the others. */
export const SAMPLE_FROM = 8000;

/**
 * Reads the headers of some files that are spread over a run, in whole folders if there are several: charts can begin
 * with them while the others are read. `isWorthwhile`: whether the run has at least `from` records, and many times those
 * of the sample. `read` reads the headers of files.
 */
export async function readSample(
  files: readonly ListedFile[],
  read: (files: readonly ListedFile[]) => Promise<readonly FileHeader[]>,
  from: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly read: readonly FileHeader[]; readonly isWorthwhile: boolean }> {
  const pieces = piecesOf(files);
  const headers: FileHeader[] = [];
  let tensors = 0;
  for (const [i, piece] of coarseToFine(pieces.length).entries()) {
    // The first and the last show the extent of the run.
    if (i >= 2 && tensors >= ENOUGH) break;
    throwIfAborted(signal);
    const found = await read(pieces[piece]);
    headers.push(...found);
    for (const header of found) tensors += header.tensors.length;
  }
  const all = headers.length === 0 ? 0 : (tensors * files.length) / headers.length;
  const thinned = headers.reduce((sum, header) => sum + thin(header).tensors.length, 0);
  return { read: headers, isWorthwhile: all >= Math.max(from, TIMES * thinned) };
}

/** A file of very many tensors with only the first and the last of them. */
export function thin(header: FileHeader): FileHeader {
  const { tensors } = header;
  if (tensors.length <= ENOUGH_OF_FILE) return header;
  const half = ENOUGH_OF_FILE / 2;
  return { ...header, tensors: [...tensors.slice(0, half), ...tensors.slice(-half)] };
}

/** The files of each folder, or pieces of {@link FILES} if all are in a few folders. */
function piecesOf(files: readonly ListedFile[]): readonly (readonly ListedFile[])[] {
  const pieces: ListedFile[][] = [];
  let folder: string | undefined;
  for (const file of files) {
    const own = file.folders.join('/');
    if (own !== folder) pieces.push([]);
    folder = own;
    pieces[pieces.length - 1].push(file);
  }
  // Large folders are divided.
  if (pieces.length > 2 && files.length / pieces.length <= ENOUGH / 2) return pieces;
  return Array.from({ length: Math.ceil(files.length / FILES) }, (_, i) =>
    files.slice(i * FILES, (i + 1) * FILES),
  );
}
