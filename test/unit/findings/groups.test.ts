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

describe('findings: candidates of one kind and origin', () => {
  it('are one finding, which begins in the first layer of the earliest step', () => {
    const [finding, ...others] = joined(candidate(2, 2), candidate(1, 2), candidate(0, 5));
    assert.deepEqual(others, []);
    assert.deepEqual([finding.layer, finding.step, finding.layers], [1, 2, [0, 1, 2]]);
    assert.equal(finding.title, 'bn is flat, and the same in 2 more layers');
    assert.equal(finding.evidence, 'σ² of bn is 0. The same in 2 more layers: conv, relu.');
  });

  it('have the words that their kind gives them together', () => {
    const join = (all: readonly Candidate[]) => ({ title: `${all.length} are flat`, evidence: 'So it is.' });
    const [finding] = joined(candidate(0, 2, { join }), candidate(1, 2, { join }));
    assert.deepEqual([finding.title, 'join' in finding], ['2 are flat', false]);
  });

  it('are several findings where steps lie between, or kind, cause or severity differ', () => {
    assert.equal(joined(candidate(0, 1), candidate(1, 5)).length, 2);
    assert.equal(joined(candidate(0, 1), candidate(1, 1, { kind: 'dead-channels' })).length, 2);
    assert.equal(joined(candidate(0, 1, { cause: 'a' }), candidate(1, 1, { cause: 'b' })).length, 2);
    assert.equal(joined(candidate(0, 1), candidate(1, 1, { severity: 'error' })).length, 2);
  });

  it('that name all their layers stay as they are', () => {
    const whole = candidate(0, 1, { layers: [0, 1, 2] });
    assert.deepEqual(joined(whole, candidate(3, 1)), [whole, candidate(3, 1, { layers: [3] })]);
  });

  it('claim no first layer where the order of layers is not known', () => {
    const [finding] = joinCandidates({ ...CATALOG, order: 'names' }, [candidate(0, 1), candidate(1, 1)]);
    assert.equal('layer' in finding, false);
    assert.match(finding.evidence, /The order of layers is not known from these files: conv, bn\.$/);
  });

  it('are as severe as the share of the network that they touch', () => {
    const severity = (...shares: number[]) =>
      joined(...shares.map((share, layer) => candidate(layer, 1, { share })))[0].severity;
    assert.equal(severity(0.01), 'note');
    assert.equal(severity(0.5), 'warning');
    assert.equal(severity(1, 1), 'error');
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

  it('makes its cause as severe as itself', () => {
    const [root] = nested({ ...dead, severity: 'warning' }, candidate(1, 5, { severity: 'error' }));
    assert.equal(root.severity, 'error');
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
