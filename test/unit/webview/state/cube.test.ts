import assert from 'node:assert/strict';
import fc from 'fast-check';
import { divisorsOf } from '../../../../src/kernel/figures/divisors';
import { effectiveGroups } from '../../../../src/kernel/methods/methodPlan';
import { type Cube, type CubeMethod, type Place, setOf } from '../../../../src/model/cube';
import { spacedIndices } from '../../../../src/model/spacedIndices';
import {
  areTogether,
  axisNames,
  cubeAsText,
  elementSentence,
  formulaText,
  groupNumbers,
  groupsText,
  normalizedElement,
  placeName,
  setName,
  setsOfMethod,
  setsText,
  shownGroups,
  shownMethods,
  shownPlace,
} from '../../../../webview/state/cube';

const [N, C, P] = [2, 6, 4];
const all = (length: number) => Array.from({ length }, (_, i) => i);

function methodOf(
  method: CubeMethod['method'],
  by: CubeMethod['by'],
  groups: number,
  sets: number,
): CubeMethod {
  const units = by === 'samplePosition' ? N * P : N * C;
  const mean = Float64Array.from({ length: units }, (_, i) => i / 10);
  const variance = new Float64Array(units).fill(4);
  return { method, by, groups, sets, size: (N * C * P) / sets, mean, variance };
}

/** Channels are the last axis, positions H × W. */
const CUBE: Cube = {
  record: 3,
  samples: N,
  channels: C,
  positions: P,
  positionAxes: [
    { letter: 'H', length: 2 },
    { letter: 'W', length: 2 },
  ],
  n: all(N),
  c: all(C),
  p: all(P),
  values: Float64Array.from({ length: N * C * P }, (_, i) => i),
  epsilon: 0,
  groups: 3,
  element: { n: 0, c: 0, p: 0 },
  methods: [
    methodOf('batch', 'channel', C, C),
    methodOf('layer', 'samplePosition', 1, N * P),
    methodOf('instance', 'sampleGroup', C, N * C),
    ...divisorsOf(C).map((groups) => methodOf('group', 'sampleGroup', groups, N * groups)),
    methodOf('rms', 'samplePosition', 1, N * P),
  ],
};
const AT: Place = { n: 1, c: 4, p: 3 };
const of = (method: CubeMethod['method'], groups = 3) => setsOfMethod(CUBE, method, groups)!;

const sizes = fc.record({
  samples: fc.integer({ min: 1, max: 4 }),
  groups: fc.integer({ min: 1, max: 4 }),
  width: fc.integer({ min: 1, max: 4 }),
  positions: fc.integer({ min: 1, max: 5 }),
});

describe('webview: the cube', () => {
  it('divides a tensor into as many sets of equal size as the method has', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.constantFrom('channel', 'sample', 'samplePosition', 'sampleGroup'),
        ({ samples, groups, width, positions }, by) => {
          const channels = groups * width;
          const counts = new Map<number, number>();
          for (let n = 0; n < samples; n++)
            for (let c = 0; c < channels; c++)
              for (let p = 0; p < positions; p++) {
                const set = setOf({ by, groups }, { channels, positions }, { n, c, p });
                counts.set(set, (counts.get(set) ?? 0) + 1);
              }
          const sets = {
            channel: channels,
            sample: samples,
            samplePosition: samples * positions,
            sampleGroup: samples * groups,
          }[by];
          assert.deepEqual(
            [...counts.keys()].sort((a, b) => a - b),
            all(sets),
          );
          assert.equal(new Set(counts.values()).size, 1);
        },
      ),
    );
  });

  it('has every G that group normalization can use, with G = 1 as layer and G = C as instance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 64 }), (channels, wanted) => {
        const divisors = divisorsOf(channels);
        assert.deepEqual([divisors[0], divisors.at(-1)], [1, channels]);
        const within = divisors.filter((groups) => groups <= wanted).at(-1);
        assert.equal(within, effectiveGroups(channels, wanted));
      }),
    );
    assert.deepEqual(groupNumbers(CUBE), [1, 2, 3, 6]);
    assert.deepEqual(
      [undefined, 0, 1, 5, 100].map((wanted) => shownGroups(CUBE, wanted)),
      [3, 1, 1, 3, 6],
    );
    const places = all(N).flatMap((n) => all(C).flatMap((c) => all(P).map((p) => ({ n, c, p }))));
    for (const a of places)
      for (const b of places) {
        assert.equal(areTogether(CUBE, of('group', 6), a, b), areTogether(CUBE, of('instance'), a, b));
        assert.equal(areTogether(CUBE, of('group', 1), a, b), a.n === b.n);
      }
    assert.match(groupsText(CUBE, 1), /layer normalization/);
    assert.match(groupsText(CUBE, 6), /instance normalization/);
    assert.equal(groupsText(CUBE, 3), '2 channels per group');
  });

  it('names sets, elements, and axes', () => {
    assert.equal(setsText(of('batch')), '6 sets of 8 values');
    assert.equal(setName(CUBE, of('batch'), AT), 'channel 4 of all samples');
    assert.equal(setName(CUBE, of('layer'), AT), 'sample 1, H 1, W 1');
    assert.equal(setName(CUBE, of('instance'), AT), 'sample 1, channel 4');
    assert.equal(setName(CUBE, of('group'), AT), 'sample 1, channels 4 to 5');
    assert.equal(placeName(CUBE, AT), 'sample 1, channel 4, H 1, W 1');
    assert.deepEqual(axisNames({ ...CUBE, c: [0, 5] }), { n: 'N = 2', c: 'C = 6, 2 shown', p: 'H × W = 4' });
  });

  it('has the formula with the numbers of an element in it', () => {
    const batch = normalizedElement(CUBE, of('batch'), AT);
    assert.deepEqual(batch, { x: 43, mean: 1, variance: 4, output: 21 });
    assert.equal(formulaText(of('batch'), batch, 1e-5), 'x̂ = (x − µ)/√(σ² + ε) = (43 − 1)/√(4 + 1e−5) = 21');
    assert.equal(
      formulaText(of('rms'), { x: -2, mean: 0, variance: 4, output: -1 }, 0),
      'x̂ = x/√(mean x² + ε) = −2/√(4 + 0) = −1',
    );
    assert.match(formulaText(of('batch'), { ...batch, mean: -1 }, 0), /\(43 \+ 1\)/);
    assert.equal(
      elementSentence(CUBE, of('layer'), AT),
      'sample 1, channel 4, H 1, W 1: x = 43. Layer normalizes it with its set, sample 1, H 1, W 1 (8 sets of 6 values): µ 0.7, σ 2, x̂ 21.15.',
    );
    assert.match(
      elementSentence(CUBE, { ...of('group'), reason: 'One value.' }, AT),
      /Group, G = 3: One value\.$/,
    );
  });

  it('shows the element that it was made for until it includes the one in view', () => {
    assert.deepEqual(shownPlace(CUBE, AT), AT);
    assert.deepEqual(shownPlace(CUBE, { n: 5, c: 0, p: 0 }), CUBE.element);
    assert.ok(Number.isNaN(normalizedElement(CUBE, of('batch'), { n: 5, c: 0, p: 0 }).x));
  });

  it('is copied with every method and every G', () => {
    const lines = cubeAsText(CUBE, AT).trimEnd().split('\n');
    assert.equal(lines[0], 'method\tgroups\tsets\tsize\tx\tmean\tvariance\tnormalized');
    assert.equal(lines[1], 'batch\t\t6\t8\t43\t1\t4\t21');
    assert.equal(lines.length, 1 + CUBE.methods.length);
    assert.deepEqual(
      shownMethods(CUBE, 2).map(({ method, groups }) => [method, groups]),
      [
        ['batch', 6],
        ['layer', 1],
        ['instance', 6],
        ['group', 2],
        ['rms', 1],
      ],
    );
  });
});

describe('kernel: evenly spaced indices', () => {
  it('include both ends and the wanted one, and are no more than asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 3, max: 300 }),
        fc.nat(),
        (length, most, any) => {
          const wanted = any % length;
          const found = spacedIndices(length, most, wanted);
          assert.ok(found.length <= most && found.includes(wanted));
          assert.deepEqual([found[0], found.at(-1)], [0, length - 1]);
          assert.deepEqual(
            found,
            [...new Set(found)].sort((a, b) => a - b),
          );
        },
      ),
    );
    assert.deepEqual(spacedIndices(100, 1, 7), [7]);
  });
});
