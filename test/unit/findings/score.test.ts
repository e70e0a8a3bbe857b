import assert from 'node:assert/strict';
import { alarms, type Expected, isHit, score } from '../../findings/score.mjs';

const dead = {
  kind: 'dead-channels',
  severity: 'error' as const,
  layer: 'layers.2.act',
  step: 25,
  title: '64 of 64 channels of layers.2.act are dead',
  evidence: 'Zero in every sample.',
};
const note = {
  kind: 'moved-first',
  severity: 'note' as const,
  title: 'layers.0.act moved first',
  evidence: '',
};
const expected: Expected = {
  causes: ['dead'],
  layers: ['layers.2.*'],
  steps: [25, 30],
  says: null,
};

describe('findings: the score of a run with a planted fault', () => {
  it('is a hit if kind, layer, and step are right within the first three lines', () => {
    const result = score([note, note, dead], expected);
    assert.deepEqual(result, { found: true, layer: true, step: true, rank: 3 });
    assert.ok(isHit(result));
  });

  it('is a miss if the finding is on the fourth line', () => {
    const result = score([note, note, note, dead], expected);
    assert.equal(result.rank, 4);
    assert.ok(!isHit(result));
  });

  it('counts a consequence as found, but not as a separate line', () => {
    const result = score([{ ...note, consequences: [dead] }], expected);
    assert.deepEqual(result, { found: true, layer: true, step: true, rank: undefined });
  });

  it('does not combine the layer of one finding with the step of another', () => {
    const result = score(
      [
        { ...dead, step: 5 },
        { ...dead, layer: 'layers.1.act' },
      ],
      expected,
    );
    assert.deepEqual(result, { found: true, layer: true, step: false, rank: undefined });
  });

  it('requires the expected text in any of the sentences', () => {
    assert.equal(score([dead], { ...expected, says: 'γ' }).found, false);
    assert.equal(score([{ ...dead, advice: 'γ is 0.' }], { ...expected, says: 'γ' }).found, true);
  });

  it('matches a dot in a layer name literally', () => {
    assert.equal(score([{ ...dead, layer: 'layersX2.act' }], expected).layer, false);
  });

  it('requires no layer for a fault without one', () => {
    const { layer, ...ofTheRun } = dead;
    assert.equal(score([ofTheRun], { ...expected, layers: null }).rank, 1);
    assert.equal(score([ofTheRun], expected).rank, undefined);
  });
});

describe('findings: the alarms of a run', () => {
  it('count errors and warnings, but not notes', () => {
    assert.deepEqual(alarms([dead, note, { ...dead, severity: 'warning' }]), { errors: 1, warnings: 1 });
  });
});
