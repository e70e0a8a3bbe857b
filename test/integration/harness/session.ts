import * as vscode from 'vscode';
import type { NormscopeApi } from '../../../src/extension';
import type { Session } from '../../../src/host/session/session';
import { assert } from './assert';

/** Milliseconds between two looks at something that is waited for. */
const POLL_MS = 50;
/**
 * For how long: a run whose events were lost is checked again within fifty times what a check takes, which is half a
 * second on a loaded machine.
 */
const TIMEOUT_MS = 60_000;

/** The folder that VS Code has open: a copy of test/fixtures/workspace that a test may change. */
export function workspaceFolder(): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert(folder !== undefined, 'No folder is open.');
  return folder.uri;
}

/** The run that the extension shows. */
export async function currentSession(): Promise<Session> {
  const extension = vscode.extensions.getExtension<NormscopeApi>('normscope.normscope');
  const session = (await extension?.activate())?.currentSession();
  assert(session !== undefined, 'No run is open.');
  return session;
}

/** Runs a command that opens a run; resolves when the run is computed. */
export async function openedBy(command: string, ...args: unknown[]): Promise<Session> {
  await vscode.commands.executeCommand(command, ...args);
  const session = await currentSession();
  await settled(session);
  return session;
}

/** Waits until the run is listed and computed, or has failed. */
export async function settled(session: Session): Promise<void> {
  await until(`"${session.title}" to be computed`, () =>
    ['complete', 'failed', 'cancelled'].includes(session.progress.state),
  );
}

export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`Waited ${TIMEOUT_MS} ms for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Labels of the tabs that show a Normscope panel. */
export function panelTabs(): string[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(
      ({ input }) =>
        (input instanceof vscode.TabInputWebview && input.viewType.endsWith('normscope.panel')) ||
        (input instanceof vscode.TabInputCustom && input.viewType === 'normscope.run'),
    )
    .map(({ label }) => label);
}

export async function closeEverything(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}
