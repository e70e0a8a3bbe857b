import assert from 'node:assert/strict';
import fc from 'fast-check';
import { matchesGlob } from '../../../../src/run/metadata/glob';
import { shortNames, sortNaturally } from '../../../../src/run/naming/names';

describe('run: short names', () => {
  const CASES: readonly [names: readonly string[], short: readonly string[]][] = [
    [
      ['act_conv1', 'act_fc'],
      ['conv1', 'fc'],
    ],
    [
      ['conv1.output', 'fc.output'],
      ['conv1', 'fc'],
    ],
    [
      ['activations/conv1', 'activations/fc'],
      ['conv1', 'fc'],
    ],
    [
      ['model.conv1.out', 'model.fc.out'],
      ['conv1', 'fc'],
    ],
    [
      ['model.layers.0.mlp', 'model.layers.10.mlp'],
      ['layers.0', 'layers.10'],
    ],
    [
      ['model.layers.0', 'model.layers.1'],
      ['layers.0', 'layers.1'],
    ],
    [
      ['layer1.0', 'layer2.0'],
      ['layer1.0', 'layer2.0'],
    ],
    [
      ['arr_0', 'arr_1'],
      ['arr_0', 'arr_1'],
    ],
    [
      ['0/mlp', '1/mlp'],
      ['0/mlp', '1/mlp'],
    ],
    [
      ['conv1', 'conv2'],
      ['conv1', 'conv2'],
    ],
    [
      ['act_fc', 'act_fc_out'],
      ['fc', 'fc_out'],
    ],
    [
      ['a.b', 'a'],
      ['a.b', 'a'],
    ],
    [
      ['x_y', 'x_z_y'],
      ['y', 'z_y'],
    ],
    [
      ['act-conv1', 'act_fc'],
      ['act-conv1', 'act_fc'],
    ],
    [['model.layers.3.mlp.output'], ['model.layers.3.mlp.output']],
    [
      ['act_слой', 'act_層'],
      ['слой', '層'],
    ],
    [
      ['__proto__', 'constructor'],
      ['__proto__', 'constructor'],
    ],
    [[], []],
  ];
  for (const [names, short] of CASES) {
    it(names.join(', ') || 'none', () => assert.deepEqual(shortNames(names), short));
  }

  it('are parts of the names, never empty and never equal', () => {
    const part = fc.constantFrom('act', 'conv1', 'fc', '0', '12', 'output', '', 'x');
    const separator = fc.constantFrom('.', '_', '/', '-', ' ', ':');
    const name = fc
      .array(fc.tuple(separator, part), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.flat().join('').slice(1))
      .filter((text) => text !== '');
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 6 }), (names) => {
        const short = shortNames(names);
        assert.equal(new Set(short).size, names.length);
        for (const [index, each] of short.entries()) {
          assert.ok(each !== '' && names[index].includes(each));
          const numbers = (text: string) => text.match(/\d+$/)?.[0];
          assert.equal(numbers(each), numbers(names[index]) ?? numbers(each));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('run: natural order', () => {
  it('counts', () => {
    const sorted = [
      'layer0',
      'layer1',
      'layer2',
      'layer02',
      'layer10',
      'layer10.conv1',
      'layer10.conv2',
      'x',
    ];
    assert.deepEqual(
      sortNaturally([...sorted].reverse(), (text) => text).filter((text) => text !== 'layer02'),
      sorted.filter((text) => text !== 'layer02'),
    );
  });

  it('agrees with Intl on plain names', () => {
    const collator = new Intl.Collator('en', { numeric: true });
    const name = fc.tuple(fc.constantFrom('a', 'b', 'conv', 'fc'), fc.bigInt({ min: 0n, max: 10n ** 30n }));
    fc.assert(
      fc.property(
        fc.array(
          name.map((parts) => parts.join('')),
          { maxLength: 20 },
        ),
        (names) => {
          assert.deepEqual(
            sortNaturally(names, (text) => text),
            [...names].sort(collator.compare),
          );
        },
      ),
    );
  });
});

describe('run: natural order of any names', () => {
  it('compares piece by piece: numbers by value, and what is between them by code units', () => {
    const text = fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', '.', '-', '/', 'é'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 12 }), (names) => {
        assert.deepEqual(
          sortNaturally(names, (each) => each),
          [...names].sort(comparePieces),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

function comparePieces(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.match(/\d+|\D+/gu) ?? []);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const areNumbers = /^\d/u.test(left[i]) && /^\d/u.test(right[i]);
    const [x, y] = areNumbers ? [BigInt(left[i]), BigInt(right[i])] : [left[i], right[i]];
    if (x !== y) return x < y ? -1 : 1;
  }
  return left.length - right.length || (a < b ? -1 : a > b ? 1 : 0);
}

describe('run: patterns', () => {
  it('matches like a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const source = pattern
          .split('*')
          .map((part) => part.replaceAll('.', '\\.'))
          .join('.*');
        assert.equal(matchesGlob(pattern, text), new RegExp(`^${source}$`, 's').test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('ends quickly in cases where a regular expression would not', () => {
    assert.equal(matchesGlob('a*'.repeat(200), `${'a'.repeat(20_000)}b`.slice(0, -1)), true);
    assert.equal(matchesGlob(`${'a*'.repeat(200)}c`, 'a'.repeat(20_000)), false);
  });
});
