import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type KnownTexts, parseName, STRICT_GRAMMAR } from '../../../../src/run/naming/naming';
import { DOTTED_RULES, KEY_RULES, PATH_RULES, WHOLE_RULES } from '../../../../src/run/naming/vocabulary';

const WORDS = [
  'step',
  'Step_',
  'EPOCH',
  'ep',
  'globalStep',
  'rank',
  'mb',
  'train',
  's',
  'e',
  'conv',
  'tp0_pp1',
  'x',
];
const text = fc
  .array(fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom('', '_', '-', '.'), fc.nat(2000)), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.map(([word, gap, number]) => `${word}${gap}${number}`).join('_'));
const name = fc.record({
  folders: fc.array(text, { maxLength: 3 }),
  stem: text,
  key: fc.oneof(
    fc.constant(''),
    text,
    fc.tuple(text, text).map((parts) => parts.join('/')),
  ),
});

describe('run: parsing of names', () => {
  it('is the same with what other names of the run said', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 20 }), (names) => {
        const known: KnownTexts = new Map();
        for (const each of [...names, ...names])
          assert.deepEqual(parseName(each, STRICT_GRAMMAR, known), parseName(each, STRICT_GRAMMAR));
      }),
    );
  });

  it('tells equal parts of a name apart', () => {
    const known: KnownTexts = new Map();
    const { folders, stem } = parseName({ folders: ['a', 'a'], stem: 'a', key: 'x' }, STRICT_GRAMMAR, known);
    assert.equal(new Set([...folders, stem]).size, 3);
  });

  it('searches for a counter wherever its pattern matches', () => {
    fc.assert(
      fc.property(text, (each) => {
        for (const rule of [...DOTTED_RULES, ...PATH_RULES, ...KEY_RULES, ...WHOLE_RULES])
          assert.ok(rule.mayMatch(each.toLowerCase()) || !rule.pattern.test(each), rule.pattern.source);
      }),
    );
  });
});
