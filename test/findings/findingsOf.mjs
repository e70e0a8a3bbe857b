import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Built from report.ts. */
const REPORT = fileURLToPath(new URL('../../out/test/findings/report.js', import.meta.url));

/**
 * The findings of runs.
 *
 * @param {readonly string[]} folders of runs
 * @param {number} processes how many report at a time
 * @returns {Promise<import('./score.mjs').Finding[][]>} in the order of `folders`
 */
export async function findingsOf(folders, processes) {
  /** @type {import('./score.mjs').Finding[][]} */
  const findings = [];
  const queue = folders.entries();
  await Promise.all(
    Array.from({ length: processes }, () => reportOn(queue, (i, found) => (findings[i] = found))),
  );
  return findings;
}

/**
 * Takes folders from a queue that others take from too, until it is empty.
 *
 * @param {IterableIterator<[number, string]>} queue
 * @param {(index: number, findings: import('./score.mjs').Finding[]) => void} onFindings
 */
async function reportOn(queue, onFindings) {
  const child = spawn(process.execPath, [REPORT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  for (const [index, folder] of queue) {
    child.stdin.write(`${folder}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`The report on ${folder} failed.`);
    onFindings(index, JSON.parse(value));
  }
  child.stdin.end();
}
