import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { delimitedRows } from '../../../../src/run/scalars/delimitedText';

const TABLES: readonly { text: string; rows: string[][] }[] = JSON.parse(
  readFileSync('test/fixtures/scalars/tables.json', 'utf8'),
);

const read = (text: string) => [...delimitedRows(text)];

describe('run: delimited text', () => {
  it("has the rows that Python's csv module reads", () => {
    assert.ok(TABLES.length > 400);
    for (const { text, rows } of TABLES) assert.deepEqual(read(text), rows, JSON.stringify(text));
  });

  for (const delimiter of [',', ';', '\t']) {
    it(`separated by ${JSON.stringify(delimiter)} is what csv-parse reads`, () => {
      const field = fc.string({
        unit: fc.constantFrom('a', '0', '.', ' ', '"', ',', ';', '\t', '\n', '\r', 'é'),
      });
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const plain = fc.string({ unit: fc.constantFrom('a', '0', '.', '-') }).map((text) => `x${text}`);
      const cell = fc.oneof(plain, field.map(quoted));
      const table = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { maxLength: 6 });
      fc.assert(
        fc.property(table, fc.constantFrom('\n', '\r\n'), fc.boolean(), (cells, end, hasMark) => {
          const lines = [['step', 'loss', 'lr'], ...cells].map((row) => row.join(delimiter));
          const text = `${hasMark ? '\uFEFF' : ''}${lines.join(end)}${end}`;
          const expected = parse(text, { delimiter, bom: true, relax_column_count: true });
          assert.deepEqual(read(text), expected);
        }),
        { numRuns: 300 },
      );
    });
  }
});
