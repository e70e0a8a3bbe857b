import assert from 'node:assert/strict';
import { nestConsequences } from '../../../src/findings/consequences';
import type { Candidate } from '../../../src/findings/detector';
import { joinCandidates } from '../../../src/findings/groups';
import { verdictOf } from '../../../src/findings/verdict';
import type { RunCatalog } from '../../../src/model/catalog';
import { catalogOf } from '../model/samples';

const STEPS = [0, 1, 2, 5, 10, 20];
const LAYERS = ['conv', 'bn', 'relu', 'fc'];
const CATALOG: RunCatalog = { ...catalogOf(LAYERS, STEPS), order: 'calls' };

const candidate = (layer: number, step: number, changed: Partial<Candidate> = {}): Candidate => ({
  kind: 'collapsed',
  severity: 'warning',
  layer,
  step,
  title: `${LAYERS[layer]} is flat`,
  evidence: `σ² of ${LAYERS[layer]} is 0.`,
  advice: 'Look at it.',
  ...changed,
});

const joined = (...candidates: Candidate[]) => joinCandidates(CATALOG, candidates);

describe('findings: candidates of one cause', () => {
  const cause = 'ε outside';

  it('are one finding, at the first layer of the network and the earliest step', () => {
    const [finding, ...others] = joined(
      candidate(2, 2, { cause }),
      candidate(1, 5, { cause }),
      candidate(3, 20, { cause }),
    );
    assert.deepEqual(others, []);
    assert.deepEqual([finding.layer, finding.step, finding.layers], [1, 2, [1, 2, 3]]);
    assert.equal(finding.title, 'bn is flat, and the same in 2 more layers');
    assert.equal(finding.evidence, 'σ² of bn is 0. The same in 2 more layers: relu, fc.');
    assert.equal('cause' in finding, false);
  });

  it('are several findings where kind, cause or severity differ, or none is given', () => {
    assert.equal(joined(candidate(0, 1, { cause }), candidate(1, 1, { cause: 'n − 1' })).length, 2);
    assert.equal(joined(candidate(0, 1, { cause }), candidate(1, 1, { cause, kind: 'formula' })).length, 2);
    assert.equal(joined(candidate(0, 1, { cause }), candidate(1, 1, { cause, severity: 'note' })).length, 2);
    assert.equal(joined(candidate(0, 1), candidate(1, 1)).length, 2);
  });
});

describe('findings: a candidate with several layers', () => {
  const whole = candidate(0, 1, { layers: [0, 1, 2] });

  it('stays as it is where the order of layers is known, or does not matter', () => {
    assert.deepEqual(joined(whole), [whole]);
    const unordered = { ...CATALOG, order: 'names' } as const;
    assert.deepEqual(joinCandidates(unordered, [{ ...whole, isOriginKnown: true }]), [whole]);
  });

  it('claims no first layer where their order is not known', () => {
    const [finding] = joinCandidates({ ...CATALOG, order: 'names' }, [whole]);
    assert.equal('layer' in finding, false);
    assert.match(finding.evidence, /The order of layers is not known from these files: conv, bn, relu\.$/);
  });
});

describe('findings: what follows from others', () => {
  const dead = candidate(0, 5, { kind: 'dead-channels' });
  const nested = (...findings: Candidate[]) => nestConsequences(CATALOG, findings);

  it('stands under the first cause: no earlier, and no earlier in the network', () => {
    const [root, ...others] = nested(candidate(1, 5), dead, candidate(2, 10, { kind: 'moved-first' }));
    assert.deepEqual(others, []);
    assert.equal(root.kind, 'dead-channels');
    assert.deepEqual(
      root.consequences?.map(({ kind }) => kind),
      ['collapsed', 'moved-first'],
    );
    assert.equal(nested(dead, candidate(1, 2)).length, 2);
    assert.equal(nested(candidate(2, 5, { kind: 'dead-channels' }), candidate(1, 5)).length, 2);
  });

  it('stands on its own where it is the graver of the two', () => {
    const note: Candidate = { ...dead, severity: 'note' };
    assert.equal(nested(note, candidate(1, 5)).length, 2);
    assert.equal(nested(note, candidate(1, 5, { severity: 'note' })).length, 1);
  });

  it('makes its cause as severe as itself where it is a NaN that growth ends in', () => {
    const growth = candidate(0, 5, { kind: 'growth' });
    const nan = candidate(1, 10, { kind: 'non-finite', severity: 'error' });
    const [root, ...others] = nested(growth, nan);
    assert.deepEqual([root.kind, root.severity, others.length], ['growth', 'error', 0]);
    assert.equal(nested(growth, { ...nan, step: 5 }).length, 2);
  });

  it('is no fault that a note would explain', () => {
    const all = nested({ ...dead, severity: 'note' }, candidate(1, 5, { severity: 'error' }));
    assert.deepEqual(
      all.map(({ severity }) => severity),
      ['note', 'error'],
    );
  });
});

describe('findings: the verdict', () => {
  const checked = CATALOG.records.map(({ id }) => id);

  it('is the first cause, in the words that it has for it', () => {
    const [first, second] = [candidate(0, 1), candidate(1, 1)];
    assert.deepEqual(verdictOf(CATALOG, [first, second], checked), {
      severity: 'warning',
      sentence: 'conv is flat',
      causes: 2,
    });
    const headline = 'Flat from step 1';
    assert.equal(verdictOf(CATALOG, [{ ...first, headline }], checked).sentence, headline);
  });

  it('is that nothing is unusual in what was checked, whatever notes there are', () => {
    const note = candidate(0, 1, { severity: 'note' });
    const sentence = (ids: readonly number[], catalog: RunCatalog = CATALOG) =>
      verdictOf(catalog, [note], ids).sentence;
    assert.equal(sentence(checked), 'Nothing unusual in 4 layers × 6 steps');
    assert.equal(sentence(checked.slice(0, 12)), 'Nothing unusual in 2 of 4 layers × 6 steps');
    assert.equal(sentence([0], catalogOf(['conv'], [7])), 'Nothing unusual in one layer at step 7');
    assert.equal(sentence([]), 'Nothing could be checked');
  });
});
