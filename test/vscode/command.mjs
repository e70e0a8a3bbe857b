import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** How much of a failed command's output its error carries, in characters. */
const OUTPUT_TAIL = 4000;

/**
 * Runs a command to its end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptionsWithoutStdio} [options]
 * @returns {Promise<string>} the end of its output
 * @throws when it cannot be started or exits with a code other than 0; the message carries the end of its output
 */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, options);
  let output = '';
  const keep = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk).slice(-OUTPUT_TAIL);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${code}:\n${output}`);
  return output;
}

/**
 * The first of `names` that can be executed: names are looked up on PATH, absolute paths are taken as they are.
 *
 * @param {string[]} names
 * @returns {Promise<string | undefined>}
 */
export async function findExecutable(names) {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const name of names) {
    const candidates = isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name));
    for (const candidate of candidates) if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** @param {string} path */
async function isExecutable(path) {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
