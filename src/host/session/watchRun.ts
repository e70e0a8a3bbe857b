import { RelativePattern, Uri, workspace } from 'vscode';
import { baseName, parentUri } from '../../io/uri';
import type { Session } from './session';
import { startWatching } from './watchSchedule';

/**
 * Keeps a session up to date with its files. VS Code also watches folders outside the workspace. Where it gets no events
 * (a network, a provider without events), polling finds the changes.
 */
export function watchRun(session: Session): { dispose(): void } {
  session.isWatched = true;
  const watching = startWatching(session);
  const watchers = session.roots.flatMap((root) => [
    workspace.createFileSystemWatcher(new RelativePattern(Uri.parse(root, true), '**/*')),
    // The root itself: a file, or a folder that is deleted and created again.
    workspace.createFileSystemWatcher(
      new RelativePattern(Uri.parse(parentUri(root), true), escapeGlob(baseName(root))),
    ),
  ]);
  for (const watcher of watchers)
    for (const on of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete])
      on((uri) => watching.event(uri.toString()));
  return {
    dispose: () => {
      session.isWatched = false;
      watching.dispose();
      for (const watcher of watchers) watcher.dispose();
    },
  };
}

function escapeGlob(name: string): string {
  return name.replace(/[*?{}[\]!]/gu, '[$&]');
}
