import { t } from '@vscode/l10n';
import type { ByteSource } from '../../io/byteSource';
import { endingWith } from '../../io/endingWith';
import { sliceSource } from '../../io/sliceSource';
import { openZipEntry, readZipDirectory, type ZipEntry } from '../../io/zipDirectory';
import { type Problem, ProblemError, problemError, toProblem } from '../../model/problem';
import type { FormatHints, TensorFile, TensorInfo } from '../tensorFile';
import { type NpyTensor, readNpy } from './npy';
import { readNpyText } from './npyText';

/** Maximum number of text members to read. */
const MAX_TEXTS = 64;

/** Opens a member of Python objects by its name; undefined if it has another type. */
type OpenObjects = (source: ByteSource, name: string) => Promise<TensorFile | undefined>;

/**
 * Opens an `.npz` archive: a zip of `.npy` members, whose names are the tensors' keys [numpy.savez]. Text members are
 * its metadata, and those of Python objects contain the tensors of a pickle.
 */
export async function openNpz(
  source: ByteSource,
  hints: FormatHints,
  openObjects: OpenObjects,
): Promise<TensorFile> {
  const directory = await readZipDirectory(source);
  const problems: Problem[] = directory.problems.map(({ name, error }) => ({
    ...error.problem,
    tensor: keyOf(name),
  }));
  const metadata = new Map<string, string>();
  const members = new Map<string, { entry: ZipEntry; tensor: NpyTensor }>();
  /** Tensors of members that are Python objects, by the names of both. */
  const nested = new Map<string, { file: TensorFile; info: TensorInfo }>();
  for (const stored of directory.entries) {
    if (stored.name.endsWith('/')) continue;
    const name = keyOf(stored.name);
    // Problems name the entry by its key, as users know it.
    const entry = { ...stored, name };
    try {
      if (name === stored.name) throw notAnArray(source.path, name);
      const bytes = await openZipEntry(source, entry);
      try {
        members.set(name, { entry, tensor: await readNpy(bytes, name, hints) });
      } catch (error) {
        if (!isUnsupported(error)) throw error;
        const file = await openObjects(bytes, name);
        for (const info of file?.tensors ?? []) {
          const own = memberName(name, info.name);
          const path = info.path && { path: [name, ...info.path] };
          if (file !== undefined) nested.set(own, { file, info: { ...info, ...path } });
        }
        for (const problem of file?.problems ?? [])
          problems.push({ ...problem, tensor: memberName(name, problem.tensor ?? '') });
        const text = metadata.size < MAX_TEXTS && file === undefined ? await readNpyText(bytes) : undefined;
        if (file === undefined && text === undefined) throw error;
        if (text !== undefined) metadata.set(name, typeof text === 'string' ? text : JSON.stringify(text));
      } finally {
        await bytes.close();
      }
    } catch (error) {
      problems.push(toProblem(error, source.path, name));
    }
  }
  return {
    path: source.path,
    format: 'npz',
    tensors: [
      ...[...members.values()].map(({ tensor }) => tensor.info),
      ...[...nested].filter(([name]) => !members.has(name)).map(([name, { info }]) => ({ ...info, name })),
    ],
    metadata,
    problems,
    openTensor: async (name) => {
      const member = members.get(name);
      const object = nested.get(name);
      if (member === undefined && object !== undefined)
        return endingWith(source, await object.file.openTensor(object.info.name));
      if (member === undefined)
        throw problemError('not-found', source.path, t('The archive has no array with this name.'), name);
      const { dataOffset, dataLength } = member.tensor;
      return sliceSource(await openZipEntry(source, member.entry), dataOffset, dataLength);
    },
    close: () => source.close(),
  };
}

/** Returns the name of a tensor in a member that is a dict or list. */
function memberName(member: string, name: string): string {
  return name === '' ? member : `${member}.${name}`;
}

function isUnsupported(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.code === 'unsupported';
}

/** Returns the key of a member: its name without the suffix that NumPy appends. */
function keyOf(member: string): string {
  return member.replace(/\.npy$/, '');
}

function notAnArray(path: string, name: string) {
  return problemError('unsupported', path, t('This archive member is not an .npy array.'), name);
}
