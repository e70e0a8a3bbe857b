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
  layers: [layer],
  step,
  title: `${LAYERS[layer]} is flat`,
  evidence: `σ² of ${LAYERS[layer]} is 0.`,
  why: 'It carries nothing.',
  advice: 'Look at it.',
  refute: 'A spread.',
  ...changed,
});

const joined = (...candidates: Candidate[]) => joinCandidates(CATALOG, candidates);

describe('findings: candidates with one cause', () => {
  const cause = 'ε outside';

  it('merge into one finding, at the first layer of the network and the earliest step', () => {
    const [finding, ...others] = joined(
      candidate(2, 2, { cause }),
      candidate(1, 5, { cause }),
      candidate(3, 20, { cause }),
    );
    assert.deepEqual(others, []);
    assert.deepEqual([finding.layer, finding.step, finding.layers], [1, 2, [1, 2, 3]]);
    assert.equal(finding.title, 'bn is flat, and the same in 2 more layers');
    assert.equal(finding.evidence, 'σ² of bn is 0. The same applies to 2 more layers: relu, fc.');
    assert.equal('cause' in finding, false);
  });

  it('stay separate if kind, cause, or severity differ or no cause is given', () => {
    assert.equal(joined(candidate(0, 1, { cause }), candidate(1, 1, { cause: 'n − 1' })).length, 2);
    assert.equal(joined(candidate(0, 1, { cause }), candidate(1, 1, { cause, kind: 'formula' })).length, 2);
    assert.equal(joined(candidate(0, 1, { cause }), candidate(1, 1, { cause, severity: 'note' })).length, 2);
    assert.equal(joined(candidate(0, 1), candidate(1, 1)).length, 2);
  });
});

describe('findings: a candidate with several layers', () => {
  const whole = candidate(0, 1, { layers: [0, 1, 2] });

  it('is unchanged if the layer order is known or irrelevant', () => {
    assert.deepEqual(joined(whole), [whole]);
    const unordered = { ...CATALOG, order: 'names' } as const;
    assert.deepEqual(joinCandidates(unordered, [{ ...whole, isOriginKnown: true }]), [whole]);
  });

  it('names no first layer if the layer order is unknown', () => {
    const [finding] = joinCandidates({ ...CATALOG, order: 'names' }, [whole]);
    assert.equal('layer' in finding, false);
    assert.match(finding.evidence, /The order of layers is not known from these files: conv, bn, relu\.$/);
  });
});

describe('findings: consequences', () => {
  const dead = candidate(0, 5, { kind: 'dead-channels' });
  const nested = (...findings: Candidate[]) => nestConsequences(CATALOG, findings);

  it('are nested under a cause that begins no later, in time and in the network', () => {
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

  it('are separate findings if more severe than their cause', () => {
    const note: Candidate = { ...dead, severity: 'note' };
    assert.equal(nested(note, candidate(1, 5)).length, 2);
    assert.equal(nested(note, candidate(1, 5, { severity: 'note' })).length, 1);
  });

  it('raise the severity of growth if it ends in NaN', () => {
    const growth = candidate(0, 5, { kind: 'growth' });
    const nan = candidate(1, 10, { kind: 'non-finite', severity: 'error' });
    const [root, ...others] = nested(growth, nan);
    assert.deepEqual([root.kind, root.severity, others.length], ['growth', 'error', 0]);
    assert.equal(nested(growth, { ...nan, step: 5 }).length, 2);
  });

  it('are separate findings if the cause is only a note', () => {
    const all = nested({ ...dead, severity: 'note' }, candidate(1, 5, { severity: 'error' }));
    assert.deepEqual(
      all.map(({ severity }) => severity),
      ['note', 'error'],
    );
  });
});

describe('findings: the verdict', () => {
  const checked = CATALOG.records.map(({ id }) => id);

  it('is the headline or title of the first cause', () => {
    const [first, second] = [candidate(0, 1), candidate(1, 1)];
    assert.deepEqual(verdictOf(CATALOG, [first, second], checked), {
      severity: 'warning',
      sentence: 'conv is flat',
      causes: 2,
    });
    const headline = 'Flat from step 1';
    assert.equal(verdictOf(CATALOG, [{ ...first, headline }], checked).sentence, headline);
  });

  it('says that nothing is unusual in the checked records if there are only notes', () => {
    const note = candidate(0, 1, { severity: 'note' });
    const sentence = (ids: readonly number[], catalog: RunCatalog = CATALOG) =>
      verdictOf(catalog, [note], ids).sentence;
    assert.equal(sentence(checked), 'Nothing unusual in 4 layers × 6 steps');
    assert.equal(sentence(checked.slice(0, 12)), 'Nothing unusual in 2 of 4 layers × 6 steps');
    assert.equal(sentence([0], catalogOf(['conv'], [7])), 'Nothing unusual in one layer at step 7');
    assert.equal(sentence([]), 'Nothing could be checked');
  });
});
