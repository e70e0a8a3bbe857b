import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseArguments } from '../../../src/report/arguments';
import { formatReport } from '../../../src/report/format';
import { reportRun } from '../../../src/report/reportRun';
import { safetensorsBytes } from '../../contract/dumpBytes';
import { memoryFiles, ROOT } from './memoryFiles';

/** Names that objects inherit, and others that languages and systems reserve. */
const RESERVED = [
  ...Object.getOwnPropertyNames(Object.prototype),
  ...['prototype', 'length', 'name', 'then', 'toJSON', 'arguments', 'caller', 'undefined', 'null', 'NaN'],
  ...['CON', 'aux', 'nul', 'default', 'class', 'true', 'false'],
];
const NAME = fc.oneof(
  fc.constantFrom(...RESERVED),
  fc.tuple(fc.constantFrom(...RESERVED), fc.constantFrom(...RESERVED)).map((parts) => parts.join('.')),
);
const RUN = fc.record({
  names: fc.uniqueArray(NAME, { minLength: 1, maxLength: 4 }),
  word: fc.constantFrom(...RESERVED),
});

/** Two tensors' worth of values a name: 0, 1, 2, … from a start that is the name's. */
function safetensors(names: readonly string[], metadata: string): Uint8Array {
  const entries = names.map((name, i) => {
    const range = `"data_offsets":[${24 * i},${24 * (i + 1)}]`;
    return `${JSON.stringify(name)}:{"dtype":"F32","shape":[2,3],${range}}`;
  });
  const values = Float32Array.from({ length: 6 * names.length }, (_, i) => i);
  return safetensorsBytes(`{"__metadata__":${metadata},${entries.join(',')}}`, new Uint8Array(values.buffer));
}

describe('run: reserved names', () => {
  it('are names like any other of layers, keys, settings, phases and readings', async () => {
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    await fc.assert(
      fc.asyncProperty(RUN, async ({ names, word }) => {
        const bytes = safetensors(names, `{"step":"7",${JSON.stringify(word)}:"x","phase":"train"}`);
        // JSON.stringify would take __proto__ in a literal for the prototype.
        const layers = names.map((name) => `${JSON.stringify(name)}:{"layout":"NC","epsilon":0.25}`);
        const sidecar = `{"name":${JSON.stringify(word)},${JSON.stringify(word)}:1,"layers":{${layers.join(',')}}}`;
        const files = memoryFiles({
          'dump.safetensors': bytes,
          'normscope.json': new TextEncoder().encode(sidecar),
        });
        const parsed = parseArguments([ROOT, '--reading', `${word}=${word}`, '--layout', `${names[0]}=CN`]);
        assert.ok(parsed !== 'help');
        const report = await reportRun(files, [ROOT], parsed);
        assert.deepEqual(report.problems, []);
        assert.equal(report.run.name, word);
        const found = report.layers.map(({ fullName, layout, steps }) => {
          const { none } = steps[0].methods;
          assert.ok('mean' in none);
          return [fullName, layout, steps.map(({ step, phase }) => [step, phase]), none.mean];
        });
        const expected = names.map((name, i) => [name, i === 0 ? 'CN' : 'NC', [[7, 'train']], 6 * i + 2.5]);
        const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
        assert.deepEqual(sorted(found), sorted(expected));
        for (const format of ['json', 'csv', 'md'] as const) {
          const text = formatReport(report, format);
          assert.ok(text.length > 0 && !text.includes('[object Object]'));
        }
      }),
      { numRuns: 100 },
    );
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype).sort(), before);
    assert.equal(Object.getPrototypeOf({}), Object.prototype);
  });
});
