import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { note } from './progress.mjs';

const POLL_MS = 500;

/** A holder on another machine cannot be asked whether it lives: its lock counts for this long. */
const FOREIGN_LOCK_MS = 20 * 60 * 1000;

/**
 * Runs `work` while this process holds the lock file `path`; waits for another holder, and takes over from one
 * that died. Two waiters may both take over from the same dead holder: what they do under the lock must bear that
 * (a rename into place does).
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  for (let waiting = false; !(await take(path)); waiting = true) {
    if (await isAbandoned(path)) {
      note(`${path} was left by a process that is gone; taking over`);
      await rm(path, { force: true });
      continue;
    }
    if (!waiting) note(`waiting for the process that holds ${path}`);
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/**
 * Links a complete file into place, so that nobody ever reads half a holder.
 *
 * @param {string} path
 * @returns {Promise<boolean>} false when someone else holds the lock
 */
async function take(path) {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, JSON.stringify({ pid: process.pid, host: hostname() }));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** @param {string} path */
async function isAbandoned(path) {
  try {
    const { pid, host } = JSON.parse(await readFile(path, 'utf8'));
    if (host === hostname()) return !isAlive(pid);
    return Date.now() - (await stat(path)).mtimeMs > FOREIGN_LOCK_MS;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * @param {number} pid
 * @returns {boolean} whether a process with this id runs on this machine
 */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
