import assert from 'node:assert/strict';
import { findingsOf } from '../../../src/findings/findings';
import type { FindingsInput } from '../../../src/findings/input';
import { partingLine, partingOf } from '../../../src/findings/parting';
import type { LayerEntry, LayerOrder, RunCatalog } from '../../../src/model/catalog';
import type { Chance, ElementDifference, RecordComparison } from '../../../src/model/comparison';
import type { Finding } from '../../../src/model/findings';
import { joinRuns } from '../../../src/model/runJoin';
import { catalogOf, shiftOf, summaryOf } from '../model/samples';

const EQUAL: ElementDifference = { kind: 'equal' };
const OTHER_SHAPE: ElementDifference = { kind: 'incomparable', reason: 'The shapes differ.' };
const by = (ulps: number, elements = 5): ElementDifference => ({
  kind: 'different',
  elements,
  of: 32,
  ulps,
  first: [1, 2],
});
const chance = (p: number, floor: number): Chance => ({ p, floor, permutations: 999, unit: 'channels' });

/** How a record compares: its elements, its distance and noise floor in σ, and chance. */
interface Cell {
  readonly difference: ElementDifference;
  readonly w1?: number;
  readonly floor?: number;
  readonly chance?: Chance;
}

const LAYERS = ['stem', 'mid', 'head'];
const STEPS = [0, 10, 20];

/** Two runs of three layers at three steps, of which `cellOf` tells how their records compare. */
function comparedRuns(
  cellOf: (layer: string, step: number) => Cell | undefined,
  {
    order = 'calls',
    otherSteps = STEPS,
    edit = (layer) => layer,
  }: {
    readonly order?: LayerOrder;
    readonly otherSteps?: readonly number[];
    readonly edit?: (layer: LayerEntry) => LayerEntry;
  } = {},
): FindingsInput {
  const catalog: RunCatalog = { ...catalogOf(LAYERS, STEPS), order };
  const other: RunCatalog = { ...catalogOf(LAYERS, otherSteps), order, name: 'baseline' };
  const join = joinRuns(catalog, { ...other, layers: other.layers.map(edit) });
  const cells = catalog.records.flatMap((record) => {
    const cell = cellOf(LAYERS[record.layer], record.step);
    return cell === undefined ? [] : [{ record: record.id, other: join.partnerOf(record)!.id, ...cell }];
  });
  return {
    catalog,
    summaries: new Map(catalog.records.map(({ id }) => [id, summaryOf(id)])),
    shifts: new Map(
      cells.map((each) => [each.record, shiftOf(each.record, each.other, each.w1 ?? 0, each.floor)]),
    ),
    checks: new Map(),
    isComplete: true,
    comparison: {
      join,
      comparisons: new Map(
        cells.map(({ record, other: id, difference, chance: of }): [number, RecordComparison] => [
          record,
          { record, other: id, difference, ...(of && { chance: of }) },
        ]),
      ),
    },
  };
}

const found = (input: FindingsInput): readonly Finding[] =>
  findingsOf(input).filter(({ kind }) => kind === 'runs-part');
const lineOf = (input: FindingsInput) => partingLine(input, partingOf(input, input.comparison!));

describe('findings: where two runs part', () => {
  it('are nowhere in runs that are equal to the bit', () => {
    const input = comparedRuns(() => ({ difference: EQUAL }));
    assert.deepEqual(found(input), []);
    assert.equal(lineOf(input), 'All 9 records are equal to the bit.');
  });

  it('are the first layer of the network that differs at the first step that does, and the first above noise', () => {
    const input = comparedRuns((layer, step) => {
      if (step < 10 || (step === 10 && layer === 'stem')) return { difference: EQUAL };
      if (step === 10)
        return { difference: by(layer === 'mid' ? 2 : 900), w1: 1e-4, floor: 0.02, chance: chance(0.7, 0.1) };
      return { difference: by(1e6), w1: 0.5, floor: 0.02, chance: chance(0.001, 0.1) };
    });
    const [finding] = found(input);
    assert.equal(finding.title, 'mid first differs from baseline at step 10');
    assert.deepEqual(
      [finding.severity, finding.layer, finding.layers, finding.step, finding.after],
      ['warning', 1, [1, 2], 10, 0],
    );
    const line =
      'Equal to the bit until step 0. mid first differs at step 10, by 2 ulps. Above noise from step 20: stem is 0.5 σ away, with a noise floor of 0.1 σ.';
    assert.equal(lineOf(input), line);
    assert.equal(finding.evidence, `${line} 5 of its 32 elements differ.`);
  });

  it('are a note where nothing is equal before, as in other seeds, and are not above noise by chance', () => {
    const input = comparedRuns((layer, step) => ({
      difference: by(1e6),
      w1: layer === 'mid' && step === 10 ? 0.15 : 0.05,
      floor: 0.02,
      chance: layer === 'mid' && step === 10 ? chance(0.02, 0.1) : chance(0.4, 0.1),
    }));
    const [finding] = found(input);
    assert.deepEqual(
      [finding.severity, finding.layer, finding.step, finding.after],
      ['note', 0, 0, undefined],
    );
    assert.match(finding.evidence, /1 of 9 records is above noise, as many as chance can make\./);
  });

  it('are above noise at a clear distance, however few records are', () => {
    const input = comparedRuns((layer, step) => ({
      difference: by(9),
      w1: layer === 'head' && step === 20 ? 0.3 : 0.05,
      floor: 0.1,
      chance: chance(0.01, 0.1),
    }));
    assert.match(
      lineOf(input),
      /Above noise from step 20: head is 0\.3 σ away, with a noise floor of 0\.1 σ\./,
    );
  });

  it('are above noise where few samples are far away, though their floor is nearly as large', () => {
    const few = (p: number) =>
      comparedRuns((layer, step) =>
        layer === 'mid' && step === 20
          ? { difference: by(1e6), w1: 59, floor: 0.03, chance: chance(p, 44) }
          : { difference: EQUAL, w1: 0, floor: 0.03, chance: chance(1, 0) },
      );
    assert.match(lineOf(few(0.004)), /Above noise from step 20: mid is 59 σ away/);
    assert.match(lineOf(few(0.04)), /1 of 9 records is above noise, as many as chance can make/);
  });

  it('need both a distance above the halves’ floor and one that chance does not make', () => {
    for (const [floor, p] of [
      [0.5, 0.001],
      [0.1, 0.06],
    ]) {
      const input = comparedRuns(() => ({ difference: by(9), w1: 0.4, floor, chance: chance(p, 0.1) }));
      assert.match(lineOf(input), /Nowhere above noise\.$/);
    }
  });

  it('name no first layer if the order is unknown', () => {
    const input = comparedRuns((layer) => ({ difference: layer === 'stem' ? EQUAL : by(3) }), {
      order: 'names',
    });
    const [finding] = found(input);
    assert.equal(finding.layer, undefined);
    assert.deepEqual(finding.layers, [1, 2]);
    assert.match(finding.title, /^The run first differs from baseline at step 0$/);
    assert.match(lineOf(input), /^At step 0, 2 layers differ first: mid, head\. Their order is not known\./);
  });

  it('are told by what the layers declare', () => {
    const input = comparedRuns((layer) => ({ difference: layer === 'stem' ? EQUAL : by(3) }), {
      edit: (layer) =>
        layer.name === 'mid' ? { ...layer, epsilon: 1e-3, attributes: { affine: true } } : layer,
    });
    assert.match(
      found(input)[0].evidence,
      /Its settings differ: affine is unknown here and true there; eps is unknown here and 0\.001 there\./,
    );
  });

  it('are asked for only at equal steps, and of records that can be compared', () => {
    const input = comparedRuns(
      (layer, step) => {
        if (layer === 'head') return { difference: OTHER_SHAPE };
        return { difference: step === 0 ? EQUAL : by(7) };
      },
      { otherSteps: [0, 11, 20] },
    );
    const parting = partingOf(input, input.comparison!);
    assert.deepEqual([parting.compared, parting.equal, parting.incomparable], [4, 2, 3]);
    assert.equal(parting.firstDifference?.record.step, 20);
    assert.equal(
      lineOf(input),
      'Equal to the bit until step 0. stem first differs at step 20, by 7 ulps. 3 records compare only by their distributions.',
    );
  });

  it('say what ulps do not', () => {
    assert.match(lineOf(comparedRuns(() => ({ difference: by(0) }))), /only in signs of zeros or in NaN/);
    assert.match(lineOf(comparedRuns(() => ({ difference: by(1) }))), /by one ulp\./);
    assert.match(
      lineOf(comparedRuns(() => ({ difference: by(Number.POSITIVE_INFINITY) }))),
      /only one of the runs is finite/,
    );
  });

  it('wait for complete results, and keep the first clear shift of steps out of it', () => {
    const input = comparedRuns((_, step) => ({ difference: step === 0 ? EQUAL : by(7), w1: 3, floor: 0.1 }));
    assert.deepEqual(found({ ...input, isComplete: false }), []);
    assert.deepEqual(
      findingsOf(input).map(({ kind }) => kind),
      ['runs-part'],
    );
  });
});
