import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../io/localFiles';
import { analyseRun } from '../kernel/analyseRun';
import { sketchCache } from '../kernel/sketchCache';
import type { RecordShift, RecordSummary } from '../protocol/analysis';
import { type Problem, ProblemError, toProblem } from '../protocol/problem';
import { openRun } from '../run/openRun';
import { ArgumentError, type Arguments, parseArguments, USAGE } from './arguments';
import { formatReport } from './format';
import { buildReport, type Report } from './report';

/** Sketches that the command keeps: those of the reference steps matter most. */
const MEMORY_BUDGET = 128 * 2 ** 20;

/** Computes the report of one run with the panel's own code. Throws only where the run as a whole cannot be opened. */
async function report({ paths, options, layouts, statistics }: Arguments): Promise<Report> {
  const fileSystem = localFiles();
  const signal = new AbortController().signal;
  const roots = paths.map((path) => pathToFileURL(resolve(path)).href);
  const catalog = await openRun(fileSystem, roots, { signal });
  const chosen = { ...options, layouts: layoutsByFullName(catalog.layers, layouts) };
  const summaries: RecordSummary[] = [];
  const shifts: RecordShift[] = [];
  const problems: Problem[] = [];
  await analyseRun(
    { fileSystem, cache: sketchCache(MEMORY_BUDGET) },
    { run: 'report', catalog, options: chosen, focus: [], statistics },
    signal,
    (progress) => {
      if (progress.kind === 'summary') {
        summaries.push(progress.summary);
        if (process.stderr.isTTY) {
          process.stderr.write(`\r${summaries.length} of ${catalog.records.length} records`);
        }
      } else if (progress.kind === 'shift') shifts.push(progress.shift);
      else problems.push(progress.problem);
    },
  );
  process.stderr.write(`\r${summaries.length} of ${catalog.records.length} records\n`);
  return buildReport({ catalog, options: chosen, summaries, shifts, problems });
}

/** `--layout` takes a layer's short or full name. */
function layoutsByFullName(
  layers: readonly { name: string; fullName: string }[],
  layouts: ReadonlyMap<string, string>,
): Record<string, string> {
  const byFullName: [string, string][] = [];
  for (const [name, layout] of layouts) {
    const layer = layers.find((each) => each.fullName === name) ?? layers.find((each) => each.name === name);
    if (layer === undefined) {
      throw new ArgumentError(
        `--layout ${name}=${layout}: the run has no such layer. It has: ${layers.map((each) => each.fullName).join(', ')}.`,
      );
    }
    byFullName.push([layer.fullName, layout]);
  }
  return Object.fromEntries(byFullName);
}

/** Exit status: 0 for a whole report, 1 where files could not be read, 2 for wrong arguments. */
async function main(argv: string[]): Promise<number> {
  try {
    const parsed = parseArguments(argv);
    if (parsed === 'help') {
      process.stdout.write(USAGE);
      return 0;
    }
    const result = await report(parsed);
    const text = formatReport(result, parsed.format);
    if (parsed.out === undefined) await new Promise((done) => process.stdout.write(text, done));
    else await writeFile(parsed.out, text);
    for (const problem of result.problems) process.stderr.write(`${describe(problem)}\n`);
    return result.problems.some(({ code }) => code !== 'unrecognised') ? 1 : 0;
  } catch (error) {
    if (error instanceof ArgumentError) {
      process.stderr.write(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    process.stderr.write(
      `${error instanceof ProblemError ? describe(error.problem) : describe(toProblem(error, ''))}\n`,
    );
    return 1;
  }
}

function describe({ path, tensor, message }: Problem): string {
  const file = path === '' ? 'normscope report' : basename(decodeURIComponent(path));
  return `${file}${tensor === undefined || tensor === '' ? '' : ` (${tensor})`}: ${message}`;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
