import { t } from '@vscode/l10n';
import { openTensorFile } from '../formats/open';
import type { FormatHints, TensorFile } from '../formats/tensorFile';
import type { SummaryInfo } from '../formats/tensorSummary';
import type { FileSystem } from '../io/fileSystem';
import { type Problem, toProblem } from '../model/problem';
import { isAbortError } from '../rpc/abort';
import { mapBounded } from '../rpc/mapBounded';
import { turns } from '../rpc/turns';
import type { FileHeader, RecordInfo } from './fileHeader';
import { keepsOrder } from './layerOrder';
import type { ListedFile } from './listing/listing';
import { type FileNotes, NO_NOTES, readMetadata } from './metadata/metadata';
import { readNamedAxes, withNamedAxes } from './namedAxes';
import { listedSteps, readPayload } from './payload';
import type { KnownTensor } from './recorders/knownTensor';
import { torchLensBundles } from './recorders/torchlens';
import { readAttributes } from './tensorAttributes';

const FILES_AT_A_TIME = 8;

/**
 * Reads the headers of dump files, in their order; each file is closed again at once. A file that cannot be read
 * has no tensors and a problem; only an abort rejects. `onRead` is called after each file.
 */
export async function readHeaders(
  fileSystem: FileSystem,
  files: readonly ListedFile[],
  hints: FormatHints,
  { signal, onRead }: { signal?: AbortSignal | undefined; onRead: () => void },
): Promise<readonly FileHeader[]> {
  const bundles = torchLensBundles(fileSystem);
  // Files that are in memory are read without waiting.
  const turn = turns();
  const read = async (file: ListedFile): Promise<FileHeader> => {
    try {
      await turn();
      // Most files are no part of a bundle, and nothing needs to be awaited.
      const isBundled = bundles.mayHold(file);
      if (isBundled && (await bundles.isMetadata(file))) return { file, tensors: [], ...NO_NOTES };
      const header = await readHeader(fileSystem, file, hints);
      return isBundled ? withKnown(header, await bundles.tensorOf(file)) : header;
    } catch (error) {
      if (isAbortError(error)) throw error;
      const problem = toProblem(error, file.uri);
      if (problem.code === 'unrecognized')
        return { file, tensors: [], ...NO_NOTES, unrecognized: problem.message };
      return { file, tensors: [], ...NO_NOTES, problems: [problem] };
    } finally {
      onRead();
    }
  };
  // One first: where headers are the same, the others need not be parsed.
  const first = await mapBounded(files.slice(0, 1), 1, read, signal);
  const others = await mapBounded(files.slice(1), FILES_AT_A_TIME, read, signal);
  return [...first, ...others];
}

/** What a recorder's manifest says about the only tensor of a file. */
function withKnown(header: FileHeader, known: KnownTensor | undefined): FileHeader {
  if (known === undefined || header.tensors.length !== 1) return header;
  return { ...header, tensors: header.tensors.map((info) => ({ ...info, ...known })) };
}

async function readHeader(fileSystem: FileSystem, file: ListedFile, hints: FormatHints): Promise<FileHeader> {
  const opened = await openTensorFile(fileSystem, file.uri, hints);
  try {
    const notes = notesOf(opened, file.uri);
    const problems: Problem[] = [...opened.problems, ...notes.problems];
    const payload = await readPayload(opened, problems);
    const named = await readNamedAxes(opened, problems);
    const others =
      payload.names.size + named.coordinates.size === 0
        ? opened.tensors
        : opened.tensors.filter(({ name }) => !payload.names.has(name) && !named.coordinates.has(name));
    const read = readAttributes(others, notes, payload, opened.metadata);
    const { tensors, sidecar } = withNamedAxes(read.tensors, read.sidecar, named);
    const summaries = opened.summaries ?? [];
    const listed = listedSteps(opened);
    const isEmpty = opened.tensors.length + summaries.length + problems.length === 0;
    const header: { -readonly [K in keyof FileHeader]: FileHeader[K] } = {
      file,
      tensors: summaries.length === 0 ? tensors : [...tensors, ...summaries.map(summaryRecord)],
      fields: { ...notes.fields, ...payload.fields },
      sidecar,
      tensorNotes: notes.tensorNotes,
      parameters: notes.parameters,
      problems,
      scalars: notes.scalars.size === 0 ? payload.scalars : new Map([...payload.scalars, ...notes.scalars]),
    };
    if (opened.scalars !== undefined) header.curves = opened.scalars;
    if (opened.remarks !== undefined) header.remarks = opened.remarks;
    if (listed !== undefined) header.listedSteps = listed;
    if (keepsOrder(opened)) header.keepsOrder = true;
    if (isEmpty) header.unrecognized = emptyReason(opened);
    return header;
  } finally {
    await opened.close();
  }
}

/** A list `steps` next to the tensors applies only to those that it fits. */
function notesOf(opened: TensorFile, path: string): FileNotes {
  const notes = readMetadata(opened.metadata, path);
  if (listedSteps(opened) === undefined) return notes;
  const { steps: _, ...sidecar } = notes.sidecar;
  return { ...notes, sidecar };
}

function emptyReason({ format }: TensorFile): string {
  return format === 'tensorboard'
    ? t('The file contains no histograms, only scalars, images, or other summaries.')
    : t('The file contains no tensors.');
}

function summaryRecord({ name, layer, step, shape, dtype, reason }: SummaryInfo): RecordInfo {
  return {
    name,
    ...(layer !== undefined && { layer }),
    ...(step !== undefined && { fields: { step } }),
    dtype: dtype ?? 'unknown',
    shape: shape ?? [],
    summarized: reason,
  };
}
