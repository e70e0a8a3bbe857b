import { commands, type ExtensionContext, env, UIKind, Uri, version } from 'vscode';
import type { LoggedProblem } from '../log';
import { systemVersions } from '../system';
import { issueText, type Versions } from './issueText';

/** Characters of the encoded text in a URL, at most: browsers and GitHub accept about 8,000. */
const URL_LENGTH = 6000;

/**
 * *Report Issue…*: opens VS Code's issue reporter with versions and the last problems, or the repository's page for a
 * new issue if VS Code has no reporter. The person can read and edit the text before it is sent.
 */
export async function reportIssue(
  { extension }: ExtensionContext,
  recent: readonly LoggedProblem[],
): Promise<void> {
  const issueBody = issueText(versionsOf(extension), recent);
  if (await openReporter(extension.id, issueBody)) return;
  await env.openExternal(Uri.parse(newIssueUrl(extension.packageJSON.repository.url, issueBody)));
}

/** Opens VS Code's issue reporter; false if there is none that takes the text. In a browser it drops the text. */
async function openReporter(extensionId: string, issueBody: string): Promise<boolean> {
  if (env.uiKind === UIKind.Web) return false;
  try {
    await commands.executeCommand('workbench.action.openIssueReporter', { extensionId, issueBody });
    return true;
  } catch {
    return false;
  }
}

/** The URL of the repository's page for a new issue, with this text. */
export function newIssueUrl(repository: string, body: string): string {
  let encoded = '';
  for (const character of body) {
    const next = encodeURIComponent(character);
    if (encoded.length + next.length > URL_LENGTH) break;
    encoded += next;
  }
  return `${repository.replace(/\.git$/, '')}/issues/new?body=${encoded}`;
}

function versionsOf(extension: ExtensionContext['extension']): Versions {
  return {
    extension: extension.packageJSON.version,
    vscode: version,
    host: hostKind(),
    ...systemVersions(),
  };
}

/** Where the extension runs. A remote's name begins with its kind, such as `ssh-remote`; the rest may name a machine. */
function hostKind(): string {
  const remote = env.remoteName === undefined ? undefined : /^[a-z-]{1,30}/.exec(env.remoteName)?.[0];
  const page = env.uiKind === UIKind.Web ? 'web' : 'desktop';
  return remote === undefined ? page : `${page}, remote (${remote})`;
}
