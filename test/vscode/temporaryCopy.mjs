import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { onExit } from './exitHooks.mjs';

/**
 * Copies a folder, so that tests may change it; the copy goes when the process does.
 *
 * @param {string} folder
 * @returns {string} the copy, a folder of the same name
 */
export function temporaryCopy(folder) {
  const temporary = mkdtempSync(join(tmpdir(), 'normscope-copy-'));
  onExit(() => rmSync(temporary, { recursive: true, force: true }));
  const copy = join(temporary, basename(resolve(folder)));
  cpSync(folder, copy, { recursive: true });
  return copy;
}
