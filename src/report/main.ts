import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../io/localFiles';
import { type Problem, problemError, toProblem } from '../model/problem';
import { formatThrown } from '../model/thrownError';
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
    const onRecord = (done: number, total: number) => {
      progress = `${done} of ${total} records`;
      // A line that counts, where a person watches.
      if (process.stderr.isTTY) process.stderr.write(`\r${progress}`);
    };
    const result = await reportRun(localFiles(), roots, parsed, onRecord, writeDefect);
    process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}${progress}\n`);
    const text = formatReport(result, parsed.format);
    if (parsed.out === undefined) await new Promise((done) => process.stdout.write(text, done));
    else await writeFile(parsed.out, text).catch(refuse);
    for (const problem of result.problems) process.stderr.write(`${describe(problem)}\n`);
    return result.problems.some(({ code }) => code !== 'unrecognized') ? 1 : 0;
  } catch (error) {
    if (error instanceof ArgumentError) {
      process.stderr.write(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    const problem = toProblem(error, '');
    process.stderr.write(`${describe(problem)}\n`);
    writeDefect(problem);
    return 1;
  }
}

/** A file that the system does not let us write is no defect of ours. */
function refuse(error: Error): never {
  throw problemError('unreadable', '', error.message);
}

/** Writes the stack of a defect of Normscope, which whoever reports it can copy. */
function writeDefect({ code, cause }: Problem): void {
  if (code === 'internal' && cause !== undefined)
    process.stderr.write(`${formatThrown(cause).split('\n').map(visible).join('\n')}\n`);
}

function describe({ path, tensor, message }: Problem): string {
  const file = path === '' ? 'normscope report' : basename(decodeURIComponent(path));
  return visible(`${file}${tensor === undefined || tensor === '' ? '' : ` (${tensor})`}: ${message}`);
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
