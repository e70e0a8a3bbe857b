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

describe('The score of the findings of a run with a planted fault', () => {
  it('is a hit where kind, layer and step are right among the first three lines', () => {
    const result = score([note, note, dead], expected);
    assert.deepEqual(result, { found: true, layer: true, step: true, rank: 3 });
    assert.ok(isHit(result));
  });

  it('is a miss from the fourth line on', () => {
    const result = score([note, note, note, dead], expected);
    assert.equal(result.rank, 4);
    assert.ok(!isHit(result));
  });

  it('counts a consequence as found, and as no line of its own', () => {
    const result = score([{ ...note, consequences: [dead] }], expected);
    assert.deepEqual(result, { found: true, layer: true, step: true, rank: undefined });
  });

  it('does not take the layer of one finding and the step of another', () => {
    const result = score(
      [
        { ...dead, step: 5 },
        { ...dead, layer: 'layers.1.act' },
      ],
      expected,
    );
    assert.deepEqual(result, { found: true, layer: true, step: false, rank: undefined });
  });

  it('wants the words that are expected, in any of the sentences', () => {
    assert.equal(score([dead], { ...expected, says: 'γ' }).found, false);
    assert.equal(score([{ ...dead, advice: 'γ is 0.' }], { ...expected, says: 'γ' }).found, true);
  });

  it('takes a dot of a layer’s name for a dot only', () => {
    assert.equal(score([{ ...dead, layer: 'layersX2.act' }], expected).layer, false);
  });

  it('wants no layer of a fault that has none', () => {
    const { layer, ...ofTheRun } = dead;
    assert.equal(score([ofTheRun], { ...expected, layers: null }).rank, 1);
    assert.equal(score([ofTheRun], expected).rank, undefined);
  });
});

describe('The alarms of a run', () => {
  it('are its errors and warnings, not its notes', () => {
    assert.deepEqual(alarms([dead, note, { ...dead, severity: 'warning' }]), { errors: 1, warnings: 1 });
  });
});
