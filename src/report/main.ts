import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../io/localFiles';
import { type Problem, ProblemError, toProblem } from '../model/problem';
import { ArgumentError, parseArguments, USAGE } from './arguments';
import { formatReport } from './format';
import { reportRun } from './reportRun';
import { visible } from './visible';

/** Exit status: 0 for a whole report, 1 where files could not be read, 2 for wrong arguments. */
async function main(argv: string[]): Promise<number> {
  try {
    const parsed = parseArguments(argv);
    if (parsed === 'help') {
      process.stdout.write(USAGE);
      return 0;
    }
    const roots = parsed.paths.map((path) => pathToFileURL(resolve(path)).href);
    let progress = 'no records';
    const result = await reportRun(localFiles(), roots, parsed, (done, total) => {
      progress = `${done} of ${total} records`;
      // A line that counts, where a person watches.
      if (process.stderr.isTTY) process.stderr.write(`\r${progress}`);
    });
    process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}${progress}\n`);
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
  return visible(`${file}${tensor === undefined || tensor === '' ? '' : ` (${tensor})`}: ${message}`);
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
