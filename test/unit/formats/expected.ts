import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What NumPy read from one tensor of test/fixtures/formats; values in C order. */
export interface ExpectedTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values?: readonly (number | string)[];
  /** Of the stored bytes of a tensor too large to list. */
  readonly sha256?: string;
}

export interface ExpectedFile {
  readonly tensors: Readonly<Record<string, ExpectedTensor>>;
  readonly problems: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Code of the problem if the whole file is refused; the above is then absent. */
  readonly refused?: string;
  /** The one tensor of a refused file when its raw elements are said to be bfloat16. */
  readonly bfloat16?: ExpectedTensor;
}

/** What PyTorch and NumPy read from one tensor of test/fixtures/formats/samples. */
export interface ExpectedSample {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First values in C order. */
  readonly head: readonly number[];
  readonly sum: number;
}

const FOLDER = 'test/fixtures/formats';

export const EXPECTED: Readonly<Record<string, ExpectedFile>> = {
  ...readJson<Record<string, ExpectedFile>>('expected.json'),
  ...readJson<Record<string, ExpectedFile>>('hdf5/expected.json'),
  ...readJson<Record<string, ExpectedFile>>('zarr/expected.json'),
};

export const SAMPLES: Readonly<Record<string, Readonly<Record<string, ExpectedSample>>>> =
  readJson('samples/expected.json');

/** Values as they are; JSON has no NaN, infinities or negative zero, which are written as strings. */
export function valuesOf({ values = [] }: ExpectedTensor): number[] {
  return values.map(Number);
}

/** Path of a fixture from the root of the checkout, in which the tests run. */
export function fixturePath(path: string): string {
  return resolve(FOLDER, path);
}

export function fixtureUri(path: string): string {
  return pathToFileURL(fixturePath(path)).href;
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(fixturePath(path), 'utf8'));
}
