import { t } from '@vscode/l10n';
import { type ExtensionContext, ProgressLocation, Uri, window } from 'vscode';
import { runKey } from '../../model/runKey';
import type { Navigation } from '../../protocol/panelApi';
import type { Panels } from '../panel/panels';
import type { RunsNode } from '../runsTree';
import { LISTING_NOTIFICATION } from '../session/pacing';
import type { Runs } from '../session/runs';
import type { Session } from '../session/session';
import { askForRun } from './runDialogs';
import { sampleRoots } from './sampleRun';

/** *Open Activation Run…*: from the explorer's selection, a path, or a dialog. */
export async function openRun(
  runs: Runs,
  panels: Panels,
  target: unknown,
  selection: unknown,
): Promise<void> {
  const uris = chosenUris(target, selection) ?? (await askForRun());
  if (uris.length === 0) return;
  await showRun(runs, panels, uris.map(String));
}

/** *Open Sample Run*: the run that comes with the extension. */
export async function openSample(context: ExtensionContext, runs: Runs, panels: Panels): Promise<void> {
  await showRun(runs, panels, sampleRoots(context));
}

/**
 * *Show Panel*: shows the node of the tree, or the current run, or asks for a run. Focus stays in the tree while a person
 * moves through it.
 */
export async function showPanel(runs: Runs, panels: Panels, node: RunsNode | undefined): Promise<void> {
  if (node === undefined && runs.current === undefined) return openRun(runs, panels, undefined, undefined);
  const session = node?.session ?? runs.current;
  if (session === undefined) return;
  panels.show(session, navigationTo(node), node !== undefined);
}

function navigationTo(node: RunsNode | undefined): Navigation | undefined {
  if (node?.kind === 'layer') return { to: 'record', layer: node.layer };
  if (node?.kind === 'step') return { to: 'record', layer: node.layer, step: node.step };
  return undefined;
}

/** *Close Run*. */
export function closeRun(runs: Runs, panels: Panels, node: RunsNode | undefined): void {
  const session = node?.session ?? runs.current;
  if (session === undefined) return;
  panels.closeOf(session);
  for (const alone of runs.close(session)) {
    void window.showInformationMessage(
      t(
        '{0} was compared with {1}, which is now closed. The reference of {0} is one of its own steps again.',
        alone.title,
        session.title,
      ),
    );
  }
}

/** Opens a run and shows its panel. `before`: what to do before it is computed. */
export async function showRun(
  runs: Runs,
  panels: Panels,
  roots: readonly string[],
  before: (session: Session) => void = () => {},
): Promise<void> {
  const isOpen = runs.sessions.some(({ key }) => key === runKey(roots));
  const session = runs.open(roots);
  before(session);
  panels.show(session);
  // Opening a run again shows its current files.
  if (isOpen) void session.refresh();
  await withListingProgress(session);
}

/** Shows a notification with Cancel if listing takes more than a moment. */
async function withListingProgress(session: Session): Promise<void> {
  const listed = new Promise<void>((resolve) => {
    if (session.progress.state !== 'listing') return resolve();
    const listening = session.onChange(() => {
      if (session.progress.state === 'listing' && session.catalog === undefined) return;
      listening.dispose();
      resolve();
    });
  });
  const patience = new Promise<'slow'>((resolve) => setTimeout(() => resolve('slow'), LISTING_NOTIFICATION));
  if ((await Promise.race([listed, patience])) !== 'slow') return;
  await window.withProgress(
    { location: ProgressLocation.Notification, title: t('Listing {0}', session.title), cancellable: true },
    (progress, token) => {
      token.onCancellationRequested(() => session.cancel());
      const listening = session.onChange(() =>
        progress.report({ message: countOfFiles(session.progress.done) }),
      );
      return listed.then(() => listening.dispose());
    },
  );
}

function countOfFiles(count: number): string {
  return count === 1 ? t('1 file') : t('{0} files', count);
}

/** What is selected in the explorer, or a path; undefined if it is neither. */
export function chosenUris(target: unknown, selection: unknown): readonly Uri[] | undefined {
  if (Array.isArray(selection) && selection.length > 0 && selection.every((each) => each instanceof Uri)) {
    return selection;
  }
  if (target instanceof Uri) return [target];
  if (typeof target === 'string')
    return [target.includes('://') ? Uri.parse(target, true) : Uri.file(target)];
  return undefined;
}
