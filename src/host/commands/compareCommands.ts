import type { ExtensionContext, Uri } from 'vscode';
import { isOtherRun } from '../../model/reference';
import type { Panels } from '../panel/panels';
import type { Runs } from '../session/runs';
import type { Session } from '../session/session';
import { settings } from '../settings';
import { askForOtherRun } from './chooseOtherRun';
import { chosenUris, showRun } from './runCommands';
import { askForRun } from './runDialogs';
import { sampleReference, sampleRoots } from './sampleRun';

/** A node of the tree, or what the panel passes. */
interface SessionTarget {
  readonly session: Session;
}

/**
 * *Compare Runs*: of what is selected in the explorer or the tree, the first is in view, the second its reference, and
 * the others are its group. What is missing is asked for.
 */
export async function compareRuns(
  runs: Runs,
  panels: Panels,
  target: unknown,
  selection: unknown,
): Promise<void> {
  const [inView, reference, ...group] = chosenRuns(target, selection) ?? currentRun(runs);
  const roots = inView ?? rootsOf(await askForRun());
  if (roots.length === 0) return;
  if (reference !== undefined) return compare(runs, panels, roots, reference, group);
  const session = runs.open(roots);
  panels.show(session);
  const asked = await askForOtherRun(runs, session);
  if (asked !== undefined) session.setOptions({ reference: runs.referenceTo(session, asked) });
}

/** Shows a run compared with another. `group`: further runs beside the other. */
export async function compare(
  runs: Runs,
  panels: Panels,
  roots: readonly string[],
  reference: readonly string[],
  group: readonly (readonly string[])[],
): Promise<void> {
  await showRun(runs, panels, roots, (session) => {
    const known = runs.referenceTo(session, reference);
    session.setOptions({ reference: group.length === 0 ? known : { ...known, group } });
  });
}

/** *Compare the Networks of the Sample*: its network with batch normalization, with the plain one as the reference. */
export async function compareSample(context: ExtensionContext, runs: Runs, panels: Panels): Promise<void> {
  const roots = sampleRoots(context);
  await showRun(runs, panels, roots, (session) => session.setOptions({ reference: sampleReference(roots) }));
}

/** *Stop Comparing*: a step of the run is its reference again. */
export function stopComparing(session: Session): void {
  if (isOtherRun(session.options.reference))
    session.setOptions({ reference: settings().options.reference ?? 'first' });
}

function currentRun({ current }: Runs): readonly (readonly string[])[] {
  return current === undefined ? [] : [current.roots];
}

/** The runs that a menu names, each by its roots; undefined if it names none. */
function chosenRuns(target: unknown, selection: unknown): readonly (readonly string[])[] | undefined {
  const uris = chosenUris(target, selection);
  if (uris !== undefined) return [...uris].sort(inExplorerOrder).map((uri) => [uri.toString()]);
  const nodes = Array.isArray(selection) && selection.length > 0 ? selection : [target];
  const sessions = new Set(nodes.filter(isSessionTarget).map(({ session }) => session));
  return sessions.size === 0 ? undefined : [...sessions].map(({ roots }) => roots);
}

/** VS Code passes what is selected in the order in which it was clicked, or in another. */
function inExplorerOrder(a: Uri, b: Uri): number {
  return a.path.localeCompare(b.path, undefined, { numeric: true });
}

function isSessionTarget(node: unknown): node is SessionTarget {
  return typeof node === 'object' && node !== null && 'session' in node;
}

function rootsOf(uris: readonly Uri[]): readonly string[] {
  return uris.map(String);
}
