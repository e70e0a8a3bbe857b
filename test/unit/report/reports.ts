import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../../src/io/localFiles';
import { parseArguments } from '../../../src/report/arguments';
import type { Report } from '../../../src/report/report';
import { reportRun } from '../../../src/report/reportRun';

/** The report that the command makes of these arguments, before it is formatted. */
export async function reportOf(...argv: string[]): Promise<Report> {
  const parsed = parseArguments(argv);
  assert.ok(parsed !== 'help');
  const roots = parsed.paths.map((path) => pathToFileURL(resolve(path)).href);
  return reportRun(localFiles(), roots, parsed);
}

/** A run of test/fixtures/torch. */
export function torchRun(name: string): string {
  return resolve('test/fixtures/torch', name);
}
