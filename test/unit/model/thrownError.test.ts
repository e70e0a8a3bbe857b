import assert from 'node:assert/strict';
import { describeThrown, formatThrown } from '../../../src/model/thrownError';

describe('model: a thrown value as data', () => {
  it('a log shows the error, its calls, and below them each cause with its own', () => {
    const inner = { name: 'RangeError', message: 'Too long.', frames: ['at inner (kernel.js:1:2)'] };
    const outer = {
      name: 'ProblemError',
      code: 'malformed',
      message: 'Cut.',
      frames: ['at outer (kernel.js:3:4)'],
      cause: inner,
    };
    assert.equal(
      formatThrown(outer),
      [
        'ProblemError (malformed): Cut.',
        '    at outer (kernel.js:3:4)',
        'Caused by: RangeError: Too long.',
        '    at inner (kernel.js:1:2)',
      ].join('\n'),
    );
  });

  it('lines of a message that look like calls are not calls', () => {
    const { message, frames } = describeThrown(new Error('first\n    at secret (/home/ada/kernel.js:1:2)'));
    assert.match(message, /secret/);
    assert.ok(frames.length > 0);
    assert.doesNotMatch(frames.join('\n'), /secret/);
  });

  it('takes the calls of engines other than V8', () => {
    const error = new Error('No.');
    error.stack = 'draw@https://host/webview.js:1:2\n@https://host/webview.js:3:4\n';
    assert.deepEqual(describeThrown(error).frames, [
      'draw@https://host/webview.js:1:2',
      '@https://host/webview.js:3:4',
    ]);
  });

  const HOSTILE: readonly [what: string, thrown: () => unknown][] = [
    ['an error that causes itself', () => Object.assign(new Error('a'), { cause: undefined })],
    ['undefined', () => undefined],
    ['a symbol', () => Symbol('s')],
    ['an object without a prototype', () => Object.create(null)],
    [
      'an error whose fields throw',
      () =>
        Object.defineProperties(new Error('a'), {
          stack: { get: () => assert.fail('stack') },
          message: { get: () => assert.fail('message') },
        }),
    ],
  ];
  for (const [what, thrown] of HOSTILE) {
    it(`describes ${what} without throwing`, () => {
      const described = describeThrown(thrown());
      assert.deepEqual(structuredClone(described), described);
    });
  }

  it('bounds a chain of causes that never ends, long messages and deep stacks', () => {
    const endless: Error & { cause?: unknown } = new Error('m'.repeat(1e6));
    endless.stack = `${'at f (kernel.js:1:2)\n'.repeat(1e5)}`;
    endless.cause = endless;
    assert.ok(JSON.stringify(describeThrown(endless)).length < 200_000);
  });
});
