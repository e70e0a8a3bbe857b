/**
 * Reads folders of runs from standard input, a line each, and writes the findings of each as a line of JSON. One process
 * for many runs, since most of the time of one report is Node's start and compilation. The same code as the report's.
 */
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../src/io/localFiles';
import { parseArguments } from '../../src/report/arguments';
import { reportRun } from '../../src/report/reportRun';

async function main(): Promise<void> {
  for await (const folder of createInterface({ input: process.stdin })) {
    const options = parseArguments([folder]);
    if (options === 'help') throw new Error(`${folder} is no path.`);
    const { findings } = await reportRun(localFiles(), [pathToFileURL(folder).href], options);
    process.stdout.write(`${JSON.stringify(findings)}\n`);
  }
}

void main();
