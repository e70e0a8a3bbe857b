import assert from 'node:assert/strict';
import { runRootOf } from '../../../../src/host/session/runRoot';

/** Lists the names in the folders of a tree of paths; rejects for a folder that does not exist, like a file system. */
function lister(paths: readonly string[]) {
  return async (folder: string): Promise<readonly string[]> => {
    const names = paths
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => decodeURIComponent(path.slice(folder.length + 1).split('/')[0]));
    if (names.length === 0) throw new Error(`There is no ${folder}.`);
    return [...new Set(names)];
  };
}

const R = 'file:///home/run';

describe('host: the run that a file is part of', () => {
  const TREES: readonly [what: string, file: string, others: readonly string[], root: string][] = [
    ['a file alone', `${R}/a.npy`, [], `${R}/a.npy`],
    ['a file among others', `${R}/weights.npy`, [`${R}/bias.npy`, `${R}/notes.txt`], `${R}/weights.npy`],
    ['a numbered file alone', `${R}/step_100.npz`, [`${R}/notes.txt`], `${R}/step_100.npz`],
    ['steps as files', `${R}/step_000100.npz`, [`${R}/step_000200.npz`], R],
    ['steps of other lengths', `${R}/acts-5.npz`, [`${R}/acts-1000.npz`], R],
    ['steps of another format', `${R}/step_1.npz`, [`${R}/step_2.npy`], `${R}/step_1.npz`],
    ['a sidecar beside the file', `${R}/acts.npz`, [`${R}/normscope.json`], R],
    ['steps as folders, one layer each', `${R}/step_1/conv.npy`, [`${R}/step_2/conv.npy`], R],
    [
      'steps as folders, numbered layers',
      `${R}/step_1/conv1.npy`,
      [`${R}/step_1/conv2.npy`, `${R}/step_2/conv1.npy`],
      R,
    ],
    ['epochs as folders', `${R}/epoch-3/conv1.npy`, [`${R}/epoch-3/conv2.npy`, `${R}/epoch-4/conv1.npy`], R],
    ['bare numbers as folders', `${R}/000100/l1.npy`, [`${R}/000100/l2.npy`, `${R}/000200/l1.npy`], R],
    ['one step folder', `${R}/step_1/conv1.npy`, [`${R}/step_1/conv2.npy`], `${R}/step_1`],
    [
      'a sidecar in the step folder',
      `${R}/step_1/conv1.npy`,
      [`${R}/step_1/normscope.json`, `${R}/step_2/conv1.npy`],
      `${R}/step_1`,
    ],
    ['a sidecar above', `${R}/dumps/conv.npy`, [`${R}/normscope.json`], R],
    [
      'a sidecar above numbered files',
      `${R}/acts/step_1.npz`,
      [`${R}/acts/step_2.npz`, `${R}/normscope.json`],
      R,
    ],
    [
      'runs beside each other',
      `${R}/run1/step_1.npz`,
      [`${R}/run1/step_2.npz`, `${R}/run2/step_1.npz`],
      `${R}/run1`,
    ],
    ['a sidecar two levels up', `${R}/a/b/conv.npy`, [`${R}/normscope.json`], `${R}/a/b/conv.npy`],
    ['escaped names', `${R}/step%201.npz`, [`${R}/step%202.npz`], R],
    [
      'another scheme',
      'vscode-vfs://github/o/r/step_1.npz',
      ['vscode-vfs://github/o/r/step_2.npz'],
      'vscode-vfs://github/o/r',
    ],
  ];
  for (const [what, file, others, root] of TREES) {
    it(what, async () => assert.equal(await runRootOf(file, lister([file, ...others])), root));
  }

  it('is the file alone if its folder cannot be listed', async () => {
    const refuse = () => Promise.reject(new Error('No.'));
    assert.equal(await runRootOf(`${R}/step_1.npz`, refuse), `${R}/step_1.npz`);
  });

  it('never lists a folder that does not exist', async () => {
    const asked: string[] = [];
    await runRootOf('file:///a.npy', async (folder) => {
      asked.push(folder);
      return [];
    });
    assert.deepEqual(asked, ['file:///']);
  });
});
