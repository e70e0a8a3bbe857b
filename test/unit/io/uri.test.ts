import assert from 'node:assert/strict';
import fc from 'fast-check';
import { baseName, childUri, parentUri, relativePath } from '../../../src/io/uri';

describe('io: URIs as strings', () => {
  const PARENTS: readonly [uri: string, parent: string][] = [
    ['file:///a/b/c.npy', 'file:///a/b'],
    ['file:///a/b/', 'file:///a'],
    ['file:///a', 'file:///'],
    ['vscode-vfs://github/owner/repo', 'vscode-vfs://github/owner'],
    ['file:///a%20b/c%2Fd', 'file:///a%20b'],
  ];
  for (const [uri, parent] of PARENTS) it(`the parent of ${uri}`, () => assert.equal(parentUri(uri), parent));

  const NAMES: readonly [uri: string, name: string][] = [
    ['file:///a/b/c.npy', 'c.npy'],
    ['file:///a/b/', 'b'],
    ['file:///a/gr%C3%B6%C3%9Fe%20%231.npy', 'größe #1.npy'],
    ['file:///a/100%.npy', '100%.npy'],
  ];
  for (const [uri, name] of NAMES) it(`the name of ${uri}`, () => assert.equal(baseName(uri), name));

  const RELATIVE: readonly [root: string, uri: string, path: string][] = [
    ['file:///run', 'file:///run/step_1/a%20b.npy', 'step_1/a b.npy'],
    ['file:///run/', 'file:///run/a.npy', 'a.npy'],
    ['file:///run', 'file:///run', 'run'],
    ['file:///run', 'file:///runs/a.npy', 'a.npy'],
  ];
  for (const [root, uri, path] of RELATIVE) {
    it(`${uri} from ${root}`, () => assert.equal(relativePath(root, uri), path));
  }

  it('a child leads back to its folder and its name, whatever the name', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((each) => each !== '/');
    fc.assert(
      fc.property(name, (each) => {
        const uri = childUri('file:///folder/', each);
        assert.equal(baseName(uri), each);
        assert.equal(parentUri(uri), 'file:///folder');
        assert.equal(relativePath('file:///folder', uri), each);
      }),
    );
  });
});
