import { t } from '@vscode/l10n';
import { problemError } from '../model/problem';
import type { FileSystem } from './fileSystem';
import { isWithin } from './uri';

/** The files of one folder: a link that leads out of it is not followed but a problem, `unsupported`. */
export function containedFiles(fileSystem: FileSystem, root: string): FileSystem {
  const { real } = fileSystem;
  // Where links are not known there is nothing to go without.
  if (real === undefined) return fileSystem;
  let realRoot: Promise<string> | undefined;
  const assertWithin = async (uri: string) => {
    realRoot ??= real(root);
    const place = await real(uri);
    if (isWithin(await realRoot, place)) return;
    const message = t(
      'This link points outside the opened folder, so Normscope does not follow it. Open its target instead.',
    );
    throw problemError('unsupported', uri, message);
  };
  return {
    ...fileSystem,
    list: async (uri) => {
      await assertWithin(uri);
      return fileSystem.list(uri);
    },
    open: async (uri) => {
      await assertWithin(uri);
      return fileSystem.open(uri);
    },
  };
}
