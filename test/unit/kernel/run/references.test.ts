import assert from 'node:assert/strict';
import { referenceRuns } from '../../../../src/kernel/run/references';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { RunCatalog } from '../../../../src/model/catalog';
import type { Knobs } from '../../../../src/model/knobs';
import { catalogOf } from '../../model/samples';

/** The runs of a group that count as the reference's kind, by name. */
function kinOf(reference: Knobs | undefined, group: Readonly<Record<string, Knobs | undefined>>): string[] {
  const knobsOf = new Map(Object.entries({ ...group, reference }));
  const run = (knobs: Knobs | undefined): RunCatalog => ({
    ...catalogOf(['layer'], [0], [{}]),
    ...(knobs && { knobs }),
  });
  const options = {
    ...DEFAULT_OPTIONS,
    reference: { roots: ['reference'], group: Object.keys(group).map((name) => [name]) },
  };
  const runs = referenceRuns({ catalog: run(undefined), options }, ([name]) => ({
    run: name,
    catalog: run(knobsOf.get(name)),
  }));
  return runs!.group.map((each) => each.run.run);
}

describe('the runs that say how much a reference differs by chance', () => {
  it('differ from it in the seed alone', () => {
    const group = { seed: { lr: 0.1, seed: 2 }, rate: { lr: 0.2, seed: 1 }, bare: undefined };
    assert.deepEqual(kinOf({ lr: 0.1, seed: 1 }, group), ['seed']);
  });

  it('are all that were selected if no knobs are known', () => {
    assert.deepEqual(kinOf(undefined, { a: undefined, b: undefined }), ['a', 'b']);
  });
});
