import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAlive, withLock } from './lock.mjs';

/**
 * Makes sure that `folder` exists and is complete. Builds it beside its final name and renames it, so that nobody ever
 * uses a half-built folder; other processes that want it wait.
 *
 * @param {string} folder
 * @param {(draft: string) => Promise<void>} build creates the draft folder and fills it
 */
export async function buildOnce(folder, build) {
  if (await exists(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
  await withLock(`${folder}.lock`, async () => {
    if (await exists(folder)) return;
    await removeDeadDrafts(folder);
    const draft = draftName(folder, process.pid);
    try {
      await build(draft);
      if (!(await exists(folder))) await rename(draft, folder);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  });
}

/**
 * Removes what builders that were killed left behind.
 *
 * @param {string} folder
 */
async function removeDeadDrafts(folder) {
  const prefix = basename(draftName(folder, ''));
  for (const name of await readdir(dirname(folder))) {
    if (name.startsWith(prefix) && !isAlive(Number(name.slice(prefix.length)))) {
      await rm(join(dirname(folder), name), { recursive: true, force: true });
    }
  }
}

/**
 * @param {string} folder
 * @param {number | string} pid the builder
 */
function draftName(folder, pid) {
  return `${folder}.building-${pid}`;
}

/** @param {string} path */
async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
