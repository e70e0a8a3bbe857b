import assert from 'node:assert/strict';
import { reportIssue } from '../../../../src/host/commands/reportIssue';
import { toProblem } from '../../../../src/model/problem';
import { env, ran, UIKind } from '../../../contract/vscodeStub';

const REPORTER = 'workbench.action.openIssueReporter';

/** The part of the context that the command uses. */
const CONTEXT = {
  extension: {
    id: 'normscope.normscope',
    packageJSON: { version: '0.1.0', repository: { url: 'https://github.com/normscope/normscope.git' } },
  },
} as unknown as Parameters<typeof reportIssue>[0];

const RECENT = [{ time: new Date(0), problem: toProblem(new TypeError('secret'), 'file:///secret') }];

describe('host: Report Issue', () => {
  beforeEach(() => {
    ran.commands.length = 0;
    ran.pages.length = 0;
  });
  afterEach(() => {
    ran.fails.clear();
    env.remoteName = undefined;
    env.uiKind = UIKind.Desktop;
  });

  it('opens the issue reporter of VS Code with versions and the last problems', async () => {
    env.remoteName = 'ssh-remote+secret-machine';
    await reportIssue(CONTEXT, RECENT);
    const [[command, argument]] = ran.commands;
    const { extensionId, issueBody } = argument as { extensionId: string; issueBody: string };
    assert.deepEqual([command, extensionId], [REPORTER, 'normscope.normscope']);
    for (const each of ['Normscope 0.1.0', 'VS Code 1.100.0', 'remote (ssh-remote)', process.versions.node])
      assert.ok(issueBody.includes(each), each);
    assert.match(issueBody, /internal\nTypeError/);
    assert.doesNotMatch(issueBody, /secret/);
    assert.deepEqual(ran.pages, []);
  });

  const WITHOUT: readonly [where: string, happens: () => void][] = [
    ['VS Code has no issue reporter', () => ran.fails.add(REPORTER)],
    ['the issue reporter of a browser would leave the text out', () => (env.uiKind = UIKind.Web)],
  ];
  for (const [where, happens] of WITHOUT) {
    it(`opens the page of the repository if ${where}`, () => assertPageOpens(happens));
  }

  async function assertPageOpens(happens: () => void) {
    happens();
    await reportIssue(CONTEXT, RECENT);
    assert.deepEqual(ran.commands, []);
    const { origin, pathname, searchParams } = new URL(ran.pages[0]);
    assert.equal(`${origin}${pathname}`, 'https://github.com/normscope/normscope/issues/new');
    assert.match(searchParams.get('body') ?? '', /\*\*Versions\*\*\n\n?- Normscope 0\.1\.0/);
  }
});
