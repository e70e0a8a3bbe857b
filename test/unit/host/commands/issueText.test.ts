import assert from 'node:assert/strict';
import { issueText } from '../../../../src/host/commands/issueText';
import { newIssueUrl } from '../../../../src/host/commands/reportIssue';
import { type Problem, ProblemError, problemError, toProblem } from '../../../../src/model/problem';

const VERSIONS = {
  extension: '0.1.0',
  vscode: '1.100.0',
  host: 'desktop, remote (ssh-remote)',
  system: 'Linux 6.1 x64',
  node: '20.1.0',
};

const textOf = (...problems: Problem[]) =>
  issueText(
    VERSIONS,
    problems.map((problem) => ({ time: new Date(0), problem })),
  );

/** A defect whose stack is these lines. */
function defect(...frames: string[]): Problem {
  const error = new TypeError('secret');
  error.stack = ['TypeError: secret', ...frames.map((frame) => `    ${frame}`)].join('\n');
  return toProblem(error, 'file:///home/ada/secret/run.npz', 'secret.conv1');
}

describe('host: the text of an issue report', () => {
  it('contains no character that VS Code breaks in a URL', () => {
    const text = textOf(
      defect('at Session.#list (/home/ada/a%20b/dist/kernel.js:1:2)', 'at f?a=b&c (kernel.js:1:2)'),
    );
    assert.match(text, /at kernel\.js:1:2/);
    assert.doesNotMatch(text, /[#%&+?]/);
  });

  it('contains the versions, and that there are no problems', () => {
    const text = textOf();
    for (const each of Object.values(VERSIONS)) assert.ok(text.includes(each), each);
    assert.match(text, /None since Normscope started\./);
  });

  it('contains the tag, and the kind and our own calls of every error in the chain', () => {
    const cause = new RangeError('secret');
    cause.stack = 'RangeError: secret\n    at readHeader (/home/ada/.vscode/extensions/n/dist/hdf5.js:7:8)';
    const error = new ProblemError({ code: 'malformed', path: 'file:///secret', message: 'secret' }, cause);
    error.stack = 'ProblemError: secret\n    at open (/home/ada/dist/kernel.js:5:6)';
    const wrapped = new Error('secret', { cause: error });
    wrapped.stack = 'Error: secret\n    at async Session.list (/home/ada/dist/extension.js:1:2)';
    const lines = textOf(toProblem(wrapped, 'file:///secret')).split('\n');
    const shown = lines.slice(lines.indexOf('```text') + 1, lines.lastIndexOf('```'));
    assert.deepEqual(shown, [
      '1970-01-01T00:00:00.000Z internal',
      'Error',
      '    at Session.list (extension.js:1:2)',
      'Caused by ProblemError (malformed)',
      '    at open (kernel.js:5:6)',
      'Caused by RangeError',
      '    at readHeader (hdf5.js:7:8)',
    ]);
  });

  const OWN: readonly [frame: string, shown: string][] = [
    [
      'at draw (C:\\Users\\Ada Lovelace\\.vscode\\extensions\\n\\dist\\kernel.js:1:2)',
      'at draw (kernel.js:1:2)',
    ],
    ['at draw (\\\\server\\share\\Ada Lovelace\\dist\\kernel.js:1:2)', 'at draw (kernel.js:1:2)'],
    ['at new Session (file:///home/ada/a%20b/dist/extension.js:1:2)', 'at Session (extension.js:1:2)'],
    ['at Object.ready [as secret] (/home/ada/dist/extension.js:1:2)', 'at Object.ready (extension.js:1:2)'],
    ['at async /home/ada lovelace/dist/kernel.js:10:20', 'at kernel.js:10:20'],
    ['at f (vscode-remote://ssh-remote%2Bsecret-host/home/ada/dist/kernel.js:1:2)', 'at f (kernel.js:1:2)'],
    ['at f (https://file+.vscode-resource.net/home/ada/dist/webview.js:1:2)', 'at f (webview.js:1:2)'],
    ['draw@https://host/home/ada/webview.js:1:2', 'at webview.js:1:2'],
    ['at f (kernel.web.js:3:4)', 'at f (kernel.web.js:3:4)'],
  ];
  for (const [frame, shown] of OWN) {
    it(`contains only the call of "${frame}"`, () => {
      const text = textOf(defect(frame));
      assert.ok(text.includes(`\n    ${shown}\n`), text);
      assert.doesNotMatch(text, /ada|lovelace|secret|server|share|extensions|home|Users/i);
    });
  }

  const FOREIGN: readonly string[] = [
    'at f (/home/ada/secret-project/train.js:1:2)',
    'at f (/home/ada/my-kernel.js:1:2)',
    'at f (/home/ada/kernel.js.bak:1:2)',
    'at f (/home/ada/kernel.js:1:2, <anonymous>:3:4) secret',
    'at secret layer (/home/ada/other.js:1:2)',
    'at eval (eval at secret (C:\\Users\\ada\\x.js:1:2), <anonymous>:1:1)',
    'secret@file:///Users/ada/Library/secret.js:1:2',
  ];
  for (const frame of FOREIGN) {
    it(`contains nothing of "${frame}"`, () => {
      assert.doesNotMatch(textOf(defect(frame)), /ada|secret|train|eval|bak| at /);
    });
  }

  it('contains no function name that is more than an identifier', () => {
    const text = textOf(defect('at secret/layer.0 conv (/home/ada/dist/kernel.js:1:2)'));
    assert.match(text, /\n {4}at kernel\.js:1:2\n/);
    assert.doesNotMatch(text, /secret|ada/);
  });

  const PATHS: readonly string[] = [
    'file:///home/ada/My%20Runs/secret.npz',
    'C:\\Users\\Ada\\secret.pt',
    '\\\\server\\ada\\secret.h5',
    '~/ada/secret',
    'vscode-vfs://github/ada/secret',
    'https://ada:secret@host/run?token=secret',
  ];
  for (const path of PATHS) {
    it(`contains no part of ${path}, wherever it is in an error`, () => {
      const named = Object.assign(new Error(`Cannot read ${path}`), { name: `${path}Error` });
      const text = textOf(
        toProblem(named, path, path),
        toProblem(problemError('malformed', path, path, path, new SyntaxError(path)), path),
        { code: path as 'internal', path, message: path },
      );
      assert.doesNotMatch(text, /ada|secret|server|github|host\b.*run|token/i);
    });
  }

  it('is cut between two characters if it is too long for a URL', () => {
    const url = newIssueUrl('https://github.com/a/b.git', 'ö`\n'.repeat(10_000));
    assert.ok(url.length < 6100);
    const { searchParams, pathname } = new URL(url);
    assert.equal(pathname, '/a/b/issues/new');
    assert.match(searchParams.get('body') ?? '', /^(ö`\n)+ö?`?$/);
  });
});
