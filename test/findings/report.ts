/**
 * Reads folders of trained runs from standard input, a line each, and writes the findings of each as a line of JSON. One
 * process for many runs, since most of the time of one report is Node's start and compilation. What is computed from a
 * run is kept beside it until the kernel's code changes; findings are always computed again.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import digest from 'sources-digest';
import { localFiles } from '../../src/io/localFiles';
import { plainShift, plainSummary } from '../../src/model/compactResults';
import { parseArguments } from '../../src/report/arguments';
import { buildReport, type ReportInput } from '../../src/report/report';
import { computeReport } from '../../src/report/reportRun';

async function inputOf(folder: string): Promise<ReportInput> {
  const kept = `${folder}.${digest}.computed`;
  const content = await readFile(kept).catch(() => undefined);
  if (content !== undefined) return deserialize(content);
  const options = parseArguments([folder]);
  if (options === 'help') throw new Error(`${folder} is no path.`);
  const input = await computeReport(localFiles(), [pathToFileURL(folder).href], options);
  await removeOutdated(folder);
  const summaries = Array.from(input.summaries, plainSummary);
  const shifts = Array.from(input.shifts, plainShift);
  await writeFile(kept, serialize({ ...input, summaries, shifts, problems: [] }));
  return input;
}

/** Removes what other code computed from a run. */
async function removeOutdated(folder: string): Promise<void> {
  const names = await readdir(dirname(folder));
  const outdated = names.filter(
    (name) => name.startsWith(`${basename(folder)}.`) && name.endsWith('.computed'),
  );
  for (const name of outdated) await rm(join(dirname(folder), name), { force: true });
}

async function main(): Promise<void> {
  for await (const folder of createInterface({ input: process.stdin })) {
    const { findings } = buildReport(await inputOf(folder));
    process.stdout.write(`${JSON.stringify(findings)}\n`);
  }
}

void main();
