import assert from 'node:assert/strict';
import fc from 'fast-check';
import { repeatedKey } from '../../../src/formats/jsonKeys';

const CASES: readonly [json: string, repeated: string | undefined][] = [
  ['{}', undefined],
  ['[]', undefined],
  ['"a"', undefined],
  ['{"a": 1, "b": 2}', undefined],
  ['{"a": 1, "a": 2}', 'a'],
  ['{"a": {"a": {"a": 1}}, "b": {"a": 1}}', undefined],
  ['{"a": [{"a": 1}, {"a": 1}]}', undefined],
  ['{"a": {"b": 1, "c": 2, "b": 3}}', 'b'],
  ['[{"a": 1}, {"b": {}, "b": 1}]', 'b'],
  ['{"a": {}, "b": [], "a": 1}', 'a'],
  ['{"a": "b", "b": "a", "c": ["a", "a"]}', undefined],
  ['{"a": ":", "b": "{\\"a\\": 1, \\"a\\": 2}"}', undefined],
  ['{"a\\"": 1, "a": 2}', undefined],
  ['{"\\\\": 1, "\\\\" : 2}', '\\'],
  ['{"a": 1, "\\u0061": 2}', 'a'],
  ['{"a"\t\r\n : 1,\n"a" \t: 2}', 'a'],
  ['{"": 1, "": 2}', ''],
  ['{"__proto__": 1, "constructor": 2}', undefined],
  ['{"__proto__": 1, "__proto__": 2}', '__proto__'],
];

describe('formats: keys that JSON repeats', () => {
  for (const [json, repeated] of CASES) it(json, () => assert.equal(repeatedKey(json), repeated));

  it('finds none in the output of JSON.stringify', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 2), (text, indent) => {
        assert.equal(repeatedKey(JSON.stringify(JSON.parse(text), null, indent)), undefined);
      }),
    );
  });

  it('one that is added to any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(), (object, index) => {
        const keys = Object.keys(object);
        const key = keys[index % keys.length];
        const json = `${JSON.stringify(object).slice(0, -1)},${JSON.stringify(key)}:null}`;
        assert.equal(repeatedKey(json), key);
      }),
    );
  });

  it('strings of many megabytes, nesting of any depth', () => {
    for (const [unit, count] of [
      ['x', 6_000_000],
      ['\\n', 3_000_000],
      ['\\"', 3_000_000],
    ] as const) {
      const long = unit.repeat(count);
      assert.equal(repeatedKey(`{"a": "${long}", "${long}": 1, "a": 2}`), 'a');
    }
    assert.equal(repeatedKey(`${'{"a":'.repeat(300_000)}1${'}'.repeat(300_000)}`), undefined);
    assert.equal(repeatedKey(`${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`), undefined);
  });
});
