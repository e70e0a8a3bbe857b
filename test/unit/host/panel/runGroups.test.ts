import assert from 'node:assert/strict';
import { checkCoordinates, groupFigures, groupOf, membersOf } from '../../../../src/host/panel/runGroups';
import { emptyResults } from '../../../../src/host/session/results';
import type { Session } from '../../../../src/host/session/session';
import { type AnalysisOptions, DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { Knobs } from '../../../../src/model/knobs';
import { runKey } from '../../../../src/model/runKey';
import { catalogOf } from '../../model/samples';

interface Call {
  readonly method: string;
  readonly params: { readonly run: string; readonly first: number; readonly records: readonly number[] };
}

/** A session of a run of two layers at these steps, whose kernel says that every size is the run's width. */
function session(
  name: string,
  knobs: Knobs | undefined,
  {
    steps = [0, 10],
    options = {},
    calls = [] as Call[],
  }: {
    steps?: readonly number[];
    options?: Partial<AnalysisOptions>;
    calls?: Call[];
  } = {},
): Session {
  const roots = [`file:///${name}`];
  return {
    key: runKey(roots),
    roots,
    title: name,
    state: 'complete',
    catalog: { ...catalogOf(['a', 'b'], steps), roots, name, ...(knobs !== undefined && { knobs }) },
    options: { ...DEFAULT_OPTIONS, ...options },
    results: emptyResults(),
    callKernel: async (method: string, params: Call['params']) => {
      calls.push({ method, params });
      return params.records.map((record) => ({ record, size: knobs?.['width'], change: 1 }));
    },
  } as unknown as Session;
}

const keys = (group: readonly Session[]) => group.map(({ title }) => title);

describe('host: the group of a run', () => {
  const [a, b, c] = [session('a', undefined), session('b', undefined), session('c', undefined)];

  it('is all that are open, itself first, if these are three or more', () => {
    assert.deepEqual(keys(groupOf(b, [a, b, c])), ['b', 'a', 'c']);
    assert.deepEqual(groupOf(b, [a, b]), []);
  });

  it('is its reference and those of the reference’s kind, if it has several', () => {
    const reference = { roots: ['file:///c'], group: [['file:///a'], ['file:///closed']] };
    const compared = session('d', undefined, { options: { reference } });
    assert.deepEqual(keys(groupOf(compared, [a, b, c, compared])), ['d', 'c', 'a']);
    const alone = session('d', undefined, { options: { reference: { roots: ['file:///c'] } } });
    assert.deepEqual(groupOf(alone, [c, alone]), []);
    assert.deepEqual(keys(groupOf(alone, [b, c, alone])), ['d', 'b', 'c']);
  });

  it('tells a panel how far each run is', () => {
    assert.deepEqual(membersOf([a]), [{ key: 'file:///a', title: 'a', state: 'complete', done: 0 }]);
  });

  it('has the figures that the sessions have, and their raw shifts', () => {
    const { cells } = a.results;
    for (const record of [0, 1])
      cells.set({
        record,
        reference: 0,
        w1: { none: record + 0.5 },
        floor: {},
        nonFinite: false,
        dead: false,
      });
    const { runs, quantity } = groupFigures([a, b], { layer: 0, variant: 0 }, 'shift');
    assert.equal(quantity, 'shift');
    assert.deepEqual([...runs[0].steps], [0, 10]);
    assert.deepEqual([...runs[0].figures[0]], [0.5, 1.5]);
    assert.deepEqual([...runs[1].steps], []);
  });
});

describe('host: the check of coordinates', () => {
  const { signal } = new AbortController();

  it('asks each run for the steps that all have, few of many, and fits the slopes', async () => {
    const calls: Call[] = [];
    const steps = Array.from({ length: 40 }, (_, i) => 10 * i);
    const group = [
      session('wide', { width: 64 }, { steps, calls }),
      session('narrow', { width: 16 }, { steps: [5, ...steps.slice(1)], calls }),
      session('none', { width: 32 }, { steps, calls }),
    ];
    const check = await checkCoordinates(group, { layer: 1, variant: 0 }, signal);
    assert.ok(check !== undefined);
    assert.deepEqual([check.from, check.titles], ['knob', ['width 64', 'width 16', 'width 32']]);
    const read = check.steps.map(({ step }) => step);
    assert.deepEqual(read, [10, 110, 200, 300, 390]);
    assert.deepEqual(
      calls.map(({ method, params }) => [method, params.run, params.records.length]),
      ['wide', 'narrow', 'none'].map((name) => ['coordinates', `file:///${name}`, 5]),
    );
    for (const { size, change } of check.steps) {
      assert.ok(size !== undefined && Math.abs(size.slope - 1) < 1e-9);
      assert.equal(change?.trend, 'flat');
    }
  });

  it('is none of runs that are equally wide, and says why there is nothing to fit', async () => {
    assert.equal(
      await checkCoordinates(
        [session('a', { width: 8 }), session('b', { width: 8 })],
        { layer: 0, variant: 0 },
        signal,
      ),
      undefined,
    );
    const apart = [session('a', { width: 8 }), session('b', { width: 9 }, { steps: [3] })];
    const check = await checkCoordinates(apart, { layer: 0, variant: 0 }, signal);
    assert.deepEqual(check?.steps, []);
    assert.deepEqual(check?.reasons, ['Fewer than two of the runs have this layer at the same steps.']);
  });
});
