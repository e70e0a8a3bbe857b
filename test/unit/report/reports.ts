import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../../src/io/localFiles';
import { comparedOptions, parseArguments } from '../../../src/report/arguments';
import type { Report } from '../../../src/report/report';
import { reportRun } from '../../../src/report/reportRun';

/** The report that the command makes of these arguments, before it is formatted. */
export async function reportOf(...argv: string[]): Promise<Report> {
  const parsed = parseArguments(argv);
  assert.ok(parsed !== 'help');
  const uriOf = (path: string) => pathToFileURL(resolve(path)).href;
  const options = comparedOptions(parsed, uriOf);
  return reportRun(localFiles(), parsed.paths.map(uriOf), { ...parsed, options });
}

/** A run of test/fixtures/torch. */
export function torchRun(name: string): string {
  return resolve('test/fixtures/torch', name);
}
