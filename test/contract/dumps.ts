import assert from 'node:assert/strict';
import { openTensorFile } from '../../src/formats/open';
import { bufferSource } from '../../src/io/bufferSource';
import type { FileSystem } from '../../src/io/fileSystem';
import { ProblemError } from '../../src/model/problem';
import { sizeOf, tensorValues } from '../unit/formats/tensorValues';
import { assertProblem } from './problems';

/** Everything that could be read of a dump, and the code of everything that could not. */
export interface Dump {
  /** Values in C order, by tensor. */
  readonly tensors: ReadonlyMap<
    string,
    { readonly shape: readonly number[]; readonly values: readonly number[] }
  >;
  /** Codes by tensor; by the empty name if the file as a whole cannot be opened. */
  readonly problems: ReadonlyMap<string, string>;
}

/**
 * Opens a dump and reads all of its tensors. Whatever the bytes are, each tensor has as many values as its shape says,
 * and every failure is a tagged problem that names the file.
 */
export async function readDump(name: string, bytes: Uint8Array): Promise<Dump> {
  const uri = `memory:///${name}`;
  const tensors = new Map<string, { shape: readonly number[]; values: readonly number[] }>();
  const problems = new Map<string, string>();
  const note = (error: unknown, tensor = '') => {
    const { problem } = assertProblem(error, uri);
    problems.set(problem.tensor ?? tensor, problem.code);
  };
  let opened = 0;
  let closed = 0;
  const fileSystem: Pick<FileSystem, 'open' | 'stat'> = {
    stat: async () => ({ name, uri, kind: 'file', size: bytes.length }),
    open: async () => {
      const source = bufferSource(uri, bytes);
      opened++;
      return {
        ...source,
        close: () => {
          closed++;
          return source.close();
        },
      };
    },
  };
  try {
    const file = await openTensorFile(fileSystem as FileSystem, uri);
    for (const problem of file.problems) note(new ProblemError(problem));
    for (const info of file.tensors) {
      try {
        const values = await tensorValues(file, info);
        assert.equal(values.length, sizeOf(info.shape));
        tensors.set(info.name, { shape: info.shape, values });
      } catch (error) {
        note(error, info.name);
      }
    }
    await file.close();
  } catch (error) {
    note(error);
  }
  assert.ok(opened > 0 && closed >= opened, 'the file is closed again');
  return { tensors, problems };
}
