/**
 * A process that opens the files it is given and reports the outcome. Its parent denies it writing, starting processes,
 * and creating code from text, and ends it if it does not answer.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileSystem } from '../../src/io/fileSystem';
import { localFiles } from '../../src/io/localFiles';
import { problemError } from '../../src/model/problem';
import { examine } from './examine';
import { runMutation } from './mutations';
import type { Answer, Order } from './victims';

process.on('message', (order: Order) => {
  if (order.kind === 'changed') changed();
  else void obey(order).then(send, (error: unknown) => send({ kind: 'crash', why: String(error) }));
});

let changed: () => void = () => {};

function send(answer: Answer): void {
  process.send?.(answer);
}

async function obey(order: Order): Promise<Answer> {
  if (order.kind === 'mutation') return { kind: 'mutated', ...(await runMutation(order)) };
  if (order.kind !== 'run') throw new Error('There is nothing to do.');
  const fileSystem = withChange(withDenied(localFiles(), order.folder, order.denied), order.changeAfterReads);
  return { kind: 'outcome', outcome: await examine(order.folder, fileSystem) };
}

/** As the system refuses files without permission; the tests may run as a user who can read everything. */
function withDenied(files: FileSystem, folder: string, denied: readonly string[]): FileSystem {
  const paths = new Set(denied.map((path) => join(folder, path)));
  const check = (uri: string) => {
    if (paths.has(fileURLToPath(uri)))
      throw problemError('unreadable', uri, 'The file or folder cannot be read: no permission to read it.');
    return uri;
  };
  return {
    ...files,
    list: async (uri) => files.list(check(uri)),
    open: async (uri) => files.open(check(uri)),
  };
}

/** Has the folder changed before the read of this number, of the files that are not the good one. */
function withChange(files: FileSystem, afterReads: number | undefined): FileSystem {
  if (afterReads === undefined) return files;
  let reads = 0;
  const turn = async () => {
    if (reads++ !== afterReads) return;
    await new Promise<void>((resolve) => {
      changed = resolve;
      send({ kind: 'change' });
    });
  };
  return {
    ...files,
    open: async (uri) => {
      if (uri.includes('good.npy')) return files.open(uri);
      await turn();
      const source = await files.open(uri);
      return {
        ...source,
        read: async (offset, target) => {
          await turn();
          await source.read(offset, target);
        },
      };
    },
  };
}
