import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cube } from '../../../../src/kernel/run/cube';
import { DEFAULT_OPTIONS, type NormalizingMethod } from '../../../../src/model/analysis';
import type { Cube, Place } from '../../../../src/model/cube';
import { openRun } from '../../../../src/run/openRun';
import { normalizedElement, setsOfMethod } from '../../../../webview/state/cube';
import { npyBytes, npyHeader } from '../../../contract/dumpBytes';
import { memoryFiles, ROOT } from '../../run/memoryFiles';

interface Expected {
  readonly size: number;
  readonly mean: number;
  readonly variance: number;
  readonly output: number;
  readonly counts: readonly number[];
}
interface Case {
  readonly layout: string;
  readonly shape: readonly number[];
  readonly at: readonly {
    place: [number, number, number];
    x: number;
    methods: Record<string, Expected>;
  }[];
}

/** By PyTorch and NumPy: test/fixtures/cube/make.py, whose formula for the values this is. */
const { epsilon, cases }: { epsilon: number; cases: Case[] } = JSON.parse(
  readFileSync('test/fixtures/cube/cube.json', 'utf8'),
);

function valuesOf(shape: readonly number[]): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * i * 0.7 + i));
}

async function cubeOf(
  values: Float32Array,
  shape: readonly number[],
  layout: string,
  place: Place,
): Promise<Cube> {
  const header = npyHeader(`(${shape.join(', ')},)`);
  const files = memoryFiles({ 'step_0/a.npy': npyBytes(header, new Uint8Array(values.buffer)) });
  const catalog = await openRun(files, [ROOT]);
  const layouts = { [catalog.layers[0].fullName]: layout };
  const options = { ...DEFAULT_OPTIONS, layouts, epsilon };
  const found = await cube(
    files,
    { catalog, options },
    { record: 0, ...place },
    new AbortController().signal,
  );
  assert.equal(files.opened(), 0);
  return found;
}

function close(actual: number, expected: number, what: string) {
  const limit = 1e-6 * Math.max(1e-3, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= limit, `${what}: ${actual} is not ${expected}`);
}

const sum = (counts: ArrayLike<number>) => Array.from(counts).reduce((total, count) => total + count, 0);

describe('the cube of a record', () => {
  for (const { layout, shape, at } of cases)
    for (const { place, x, methods } of at)
      it(`equals PyTorch and NumPy for ${layout} [${shape.join(', ')}] at ${place.join(', ')}`, async () => {
        const [n, c, p] = place;
        const found = await cubeOf(valuesOf(shape), shape, layout, { n, c, p });
        assert.deepEqual(found.element, { n, c, p });
        for (const [name, expected] of Object.entries(methods)) {
          const [method, groups] = name.split(' ');
          const of = setsOfMethod(found, method as NormalizingMethod, Number(groups));
          assert.ok(of !== undefined && of.reason === undefined, name);
          const element = normalizedElement(found, of, { n, c, p });
          close(element.x, x, `${name}: x`);
          close(element.mean, expected.mean, `${name}: µ`);
          close(element.variance, expected.variance, `${name}: σ²`);
          close(element.output, expected.output, `${name}: x̂`);
          assert.equal(of.size, expected.size, name);
          assert.equal(of.sets * of.size, valuesOf(shape).length, name);
          assert.deepEqual([...of.distribution!.counts], expected.counts, `${name}: distribution`);
        }
        // No method is missing except those that are not defined.
        assert.deepEqual(
          found.methods
            .filter(({ reason }) => reason === undefined)
            .map((of) => (of.method === 'group' ? `group ${of.groups}` : of.method))
            .sort(),
          Object.keys(methods).sort(),
        );
      });

  it('includes evenly spaced elements of a large tensor, and the one in view', async () => {
    const shape = [9, 24, 6, 5];
    const values = valuesOf(shape);
    const found = await cubeOf(values, shape, 'NCHW', { n: 4, c: 13, p: 17 });
    assert.deepEqual([found.samples, found.channels, found.positions], [9, 24, 30]);
    assert.ok(found.n.length <= 6 && found.c.length <= 16 && found.p.length <= 9);
    assert.deepEqual([found.n[0], found.n.at(-1), found.c.at(-1), found.p.at(-1)], [0, 8, 23, 29]);
    assert.ok(found.n.includes(4) && found.c.includes(13) && found.p.includes(17));
    found.n.forEach((n, i) => {
      found.c.forEach((c, j) => {
        found.p.forEach((p, k) => {
          assert.equal(
            found.values[(i * found.c.length + j) * found.p.length + k],
            values[(n * 24 + c) * 30 + p],
          );
        });
      });
    });
  });

  it('ends at the last element, whatever is asked for', async () => {
    const found = await cubeOf(valuesOf([3, 4]), [3, 4], 'NC', { n: 99, c: 99, p: 99 });
    assert.deepEqual(found.element, { n: 2, c: 3, p: 0 });
  });

  it('skips values that are not finite, and has no statistics of a set without others', async () => {
    const values = valuesOf([2, 3, 4]);
    values.fill(Number.NaN, 0, 4);
    values[5] = Number.POSITIVE_INFINITY;
    const found = await cubeOf(values, [2, 3, 4], 'NCL', { n: 0, c: 0, p: 1 });
    const instance = setsOfMethod(found, 'instance', 0)!;
    assert.equal(instance.distribution, undefined);
    assert.ok(Number.isNaN(normalizedElement(found, instance, { n: 0, c: 0, p: 1 }).mean));
    const batch = setsOfMethod(found, 'batch', 0)!;
    assert.equal(sum(batch.distribution!.counts), 4);
    const other = normalizedElement(found, instance, { n: 0, c: 1, p: 0 });
    const finite = [values[4], values[6], values[7]];
    close(other.mean, sum(finite) / 3, 'µ of the finite values');
  });

  it('shows a constant set as one bar', async () => {
    const found = await cubeOf(new Float32Array(24).fill(3), [2, 3, 4], 'NCL', { n: 0, c: 0, p: 0 });
    const { min, max, counts } = setsOfMethod(found, 'batch', 0)!.distribution!;
    assert.deepEqual([min < 3, max > 3, [...counts]], [true, true, [8]]);
  });
});
