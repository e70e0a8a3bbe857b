import { createWriteStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../io/localFiles';
import { parentPort } from '../kernel/parentPort';
import { type ComputeWorkerApi, computeWorkerService } from '../kernel/workers/computeWorker';
import { localPool } from '../kernel/workers/localPool';
import { computeWorkerData } from '../kernel/workers/spawnComputeWorker';
import { type Problem, problemError, toProblem } from '../model/problem';
import { formatThrown } from '../model/thrownError';
import { connect } from '../rpc/channel';
import { ArgumentError, comparedOptions, parseArguments, USAGE } from './arguments';
import { reportChunks } from './format';
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
    const uriOf = (path: string) => pathToFileURL(resolve(path)).href;
    const roots = parsed.paths.map(uriOf);
    let progress = 'no records';
    const onRecord = (done: number, total: number) => {
      progress = `${done} of ${total} records`;
      // A counter line, if standard error is a terminal.
      if (process.stderr.isTTY) process.stderr.write(`\r${progress}`);
    };
    const result = await reportRun(
      localFiles(),
      roots,
      { ...parsed, options: comparedOptions(parsed, uriOf) },
      {
        onRecord,
        onProblem: writeDefect,
        openPool: localPool,
      },
    );
    process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}${progress}\n`);
    const chunks = reportChunks(result, parsed.format);
    if (parsed.out === undefined) await writeOutput(chunks);
    else await pipeline(chunks, createWriteStream(parsed.out)).catch(refuse);
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

/** Writes to standard output, no faster than it is read. */
async function writeOutput(chunks: Iterable<string>): Promise<void> {
  for (const chunk of chunks)
    if (!process.stdout.write(chunk)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}

/** A file that the system does not let us write is not a defect of Normscope. */
function refuse(error: Error): never {
  throw problemError('unreadable', '', error.message);
}

/** Writes the stack of a defect, to copy into an issue. */
function writeDefect({ code, cause }: Problem): void {
  if (code === 'internal' && cause !== undefined)
    process.stderr.write(`${formatThrown(cause).split('\n').map(visible).join('\n')}\n`);
}

function describe({ path, tensor, message }: Problem): string {
  const file = path === '' ? 'normscope report' : basename(decodeURIComponent(path));
  return visible(`${file}${tensor === undefined || tensor === '' ? '' : ` (${tensor})`}: ${message}`);
}

if (computeWorkerData !== undefined)
  connect<ComputeWorkerApi, Record<string, never>>(parentPort(), computeWorkerService(localFiles()));
else
  void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
