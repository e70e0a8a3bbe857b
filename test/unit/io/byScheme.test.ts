import assert from 'node:assert/strict';
import { fileSystemByScheme } from '../../../src/io/byScheme';
import type { FileSystem } from '../../../src/io/fileSystem';
import { localFiles as localFilesOfTheWeb } from '../../../src/io/localFiles.web';

/** Says in every failure which file system was asked. */
function named(name: string): FileSystem {
  const answer = async () => Promise.reject(new Error(name));
  return { stat: answer, list: answer, open: answer };
}

describe('io: file systems by scheme', () => {
  const both = fileSystemByScheme({ local: named('local'), host: named('host') });
  const web = fileSystemByScheme({ local: localFilesOfTheWeb(), host: named('host') });
  const CASES: readonly [files: FileSystem, uri: string, asked: string][] = [
    [both, 'file:///a', 'local'],
    [both, 'vscode-vfs://github/a', 'host'],
    [both, 'files:///a', 'host'],
    [web, 'file:///a', 'host'],
  ];
  for (const [files, uri, asked] of CASES) {
    it(`${files === web ? 'the web' : 'Node'} asks the ${asked} for ${uri}`, async () => {
      await assert.rejects(files.stat(uri), { message: asked });
      await assert.rejects(files.list(uri), { message: asked });
      await assert.rejects(files.open(uri), { message: asked });
    });
  }
});
