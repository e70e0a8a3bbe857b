import assert from 'node:assert/strict';
import type { RunCatalog } from '../../../../src/model/catalog';
import type { Readings } from '../../../../src/model/questions';
import { catalogOfHeaders, header, tensor } from '../trees';

/** The catalog of files that are written as `path`, `path [shape]` or `path: key, key [shape]`. */
export function catalogOfFiles(files: readonly string[], readings?: Readings): RunCatalog {
  const headers = files.map((file) => {
    const [, path, keys, shape] = /^(.*?\.[a-z0-9]+)(?:: (.*?))?(?: \[([\d,]+)\])?$/u.exec(file) ?? [];
    assert.ok(path !== undefined, file);
    const lengths = shape?.split(',').map(Number);
    const names = keys === undefined ? [''] : keys.split(', ');
    return header(
      path,
      names.map((name) => tensor(name, lengths)),
    );
  });
  return catalogOfHeaders(headers, 'run', readings);
}
