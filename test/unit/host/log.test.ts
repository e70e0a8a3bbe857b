import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { createLog } from '../../../src/host/log';
import type { Session } from '../../../src/host/session/session';
import { problemError, toProblem } from '../../../src/model/problem';
import { logged, person, ran } from '../../contract/vscodeStub';

const SESSION = { title: 'run', catalog: {} } as Session;
const FILE = 'file:///run/a.npz';

describe('host: log', () => {
  beforeEach(() => {
    logged.length = 0;
    person.asked.length = 0;
    ran.commands.length = 0;
    mock.timers.enable({ apis: ['setTimeout'] });
  });
  afterEach(() => {
    mock.timers.reset();
    person.answer = () => undefined;
  });

  it('contains a defect with its stack and all of its causes', () => {
    const log = createLog();
    log.failure('openRun', new TypeError('Not a function.', { cause: new RangeError('Too long.') }));
    const [[level, text]] = logged;
    assert.equal(level, 'error');
    assert.match(text, /^openRun: Not a function\.\nTypeError: Not a function\.\n {4}at .*log\.test\.js/);
    assert.match(text, /\nCaused by: RangeError: Too long\.\n {4}at .*log\.test\.js/);
  });

  it('contains an unreadable file as one line, with the cause below it', () => {
    const log = createLog();
    log.report(SESSION, [problemError('truncated', FILE, 'Cut off.', 'conv1').problem]);
    const made = problemError('malformed', FILE, 'No JSON.', undefined, new SyntaxError('At 3.'));
    log.failure('Panel', made);
    assert.deepEqual(logged[0], ['warn', '/run/a.npz, conv1: Cut off.']);
    assert.match(logged[1].join(' '), /^warn Panel: \/run\/a\.npz: No JSON\.\nSyntaxError: At 3\.\n {4}at /);
  });

  it('contains the stack of a defect in every record only once', () => {
    const log = createLog();
    const problem = toProblem(new TypeError('No.'), FILE);
    log.report(SESSION, [problem, problem, problem]);
    assert.deepEqual(
      logged.map(([, text]) => /^ {4}at /m.test(text)),
      [true, false, false],
    );
    assert.match(logged[2][1], /same stack as above/);
  });

  it('offers an issue report for a defect, and only the log for an unreadable file', async () => {
    const offered: (readonly string[])[] = [];
    person.answer = (actions) => {
      offered.push(actions);
      return actions.at(-1);
    };
    const log = createLog();
    log.report(SESSION, [problemError('truncated', FILE, 'Cut off.').problem]);
    mock.timers.tick(1000);
    log.report(SESSION, [toProblem(new TypeError('No.'), FILE)]);
    mock.timers.tick(1000);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(person.asked, ['/run/a.npz: Cut off.', '/run/a.npz: No.']);
    assert.deepEqual(offered, [['Show Log'], ['Show Log', 'Report Issue…']]);
    assert.deepEqual(
      ran.commands.map(([command]) => command),
      ['normscope.showLog', 'normscope.reportIssue'],
    );
  });

  it('keeps the last twenty problems for an issue report', () => {
    const log = createLog();
    for (let i = 0; i < 30; i++) log.failure('x', new Error(String(i)));
    assert.deepEqual([log.recent.length, log.recent[0].problem.message], [20, '10']);
  });
});
