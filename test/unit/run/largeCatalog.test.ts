import assert from 'node:assert/strict';
import { catalogInTurns } from '../../../src/run/catalog';
import type { FileHeader } from '../../../src/run/fileHeader';
import { header, tensor } from './trees';

/** Files of 20 layers, a step each, or one file of all. */
const RUNS: Readonly<Record<string, (records: number) => readonly FileHeader[]>> = {
  'a file for each record': (records) =>
    Array.from({ length: records }, (_, i) =>
      header(`step_${Math.floor(i / 20)}/layer${i % 20}.npy`, [tensor('')]),
    ),
  'all tensors in one file': (records) => [
    header(
      'run.safetensors',
      Array.from({ length: records }, (_, i) => tensor(`step_${Math.floor(i / 20)}/layer${i % 20}`)),
    ),
  ],
};

describe('run: the catalog of a large run', () => {
  for (const [what, headersOf] of Object.entries(RUNS)) {
    it(`is made in pieces that do not grow with the run: ${what}`, () => {
      const [few, many] = [4000, 16_000].map((records) => piecesOf(headersOf(records), records));
      // Each record goes through more than ten stages, of which none takes all records at once.
      assert.ok(few > 10 * (4000 / 200), `${few} pieces`);
      assert.ok(many > 3.5 * few, `${few} pieces, of four times as many records ${many}`);
    });
  }
});

function piecesOf(headers: readonly FileHeader[], records: number): number {
  const work = catalogInTurns({
    roots: ['file:///runs/run'],
    listing: {
      roots: [{ name: 'run', uri: 'file:///runs/run', kind: 'folder', size: 0 }],
      dumps: headers.map(({ file }) => file),
      ...{ sidecars: [], logs: [], ignored: 0, unrecognized: [], problems: [] },
    },
    headers,
    sidecars: [],
    problems: [],
  });
  for (let pieces = 0; ; pieces++) {
    const { done, value } = work.next();
    if (!done) continue;
    assert.equal(value.records.length, records);
    return pieces;
  }
}
