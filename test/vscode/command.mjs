import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { onExit } from './exitHooks.mjs';

/** How much of a failed command's output its error carries, in characters. */
const OUTPUT_TAIL = 4000;

/**
 * Runs a command to its end; it ends with this process at the latest.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Omit<import('node:child_process').SpawnOptions, 'stdio'>} [options]
 * @returns {Promise<{ code: number | null, output: Buffer }>} its exit code, and what it wrote to both streams
 * @throws when it cannot be started
 */
export async function outcomeOf(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const forget = onExit(() => child.kill());
  /** @type {Buffer[]} */
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  forget();
  return { code, output: Buffer.concat(output) };
}

/**
 * Runs a command that must succeed; arguments are those of {@link outcomeOf}.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Omit<import('node:child_process').SpawnOptions, 'stdio'>} [options]
 * @returns {Promise<string>} the end of its output
 * @throws when it cannot be started or exits with a code other than 0; the message carries the end of its output
 */
export async function run(command, args, options) {
  const { code, output } = await outcomeOf(command, args, options);
  const end = output.toString().slice(-OUTPUT_TAIL);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${code}:\n${end}`);
  return end;
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
