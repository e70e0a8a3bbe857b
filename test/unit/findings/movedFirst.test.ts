import assert from 'node:assert/strict';
import { findingsOf } from '../../../src/findings/findings';
import type { FindingsInput } from '../../../src/findings/input';
import type { Finding } from '../../../src/model/findings';
import { summaryOf } from '../model/samples';
import { movedRun } from './runs';

const found = (input: FindingsInput): Finding[] =>
  findingsOf(input).filter(({ kind }) => kind === 'moved-first');

describe('findings: the first clear shift', () => {
  it('is in the first layer of the network that moves at the step, not in the one that moves farthest', () => {
    const [finding] = found(
      movedRun([0, 10, 20, 30], {
        stem: [0, 0, 0],
        'block1.bn': [0, 1, 1],
        'block2.conv': [0, 3, 3],
        'block3.conv': [0, 6, 6],
      }),
    );
    assert.equal(finding.title, 'First clear shift: block1.bn, step 20 (1 σ)');
    assert.equal(finding.layer, 1);
    assert.deepEqual([finding.step, finding.layers, finding.severity], [20, [1, 2, 3], 'note']);
    assert.match(
      finding.evidence,
      /2 later layers have also moved by half a σ: block2\.conv, block3\.conv\./,
    );
    assert.match(
      finding.evidence,
      /The first large increase along the network is between stem and block1\.bn \(× 2\)\./,
    );
  });

  it('names no first layer if the layer order is unknown', () => {
    const [finding] = found(
      movedRun([0, 10, 20], { decoder: [0, 3], encoder: [0, 1], stem: [0, 0] }, { order: 'names' }),
    );
    assert.equal(finding.title, 'First clear shift: step 20, in 2 layers');
    assert.equal(finding.layer, undefined);
    assert.equal(finding.jump, undefined);
    assert.match(finding.evidence, /The order of layers is not known from these files: decoder, encoder\./);
  });

  it('names the only layer that moves, even if the layer order is unknown', () => {
    const [finding] = found(movedRun([0, 10, 20], { b: [0, 3], a: [0, 0] }, { order: 'names' }));
    assert.equal(finding.title, 'First clear shift: b, step 20 (3 σ)');
  });

  it('names the first large increase along the network: a residual stream that grows after the attention of block 0', () => {
    // Inputs and outputs of a GPT's layer norms at step 10, with a learning rate of 3e-2.
    const [finding] = found(
      movedRun([0, 10, 20], {
        'blocks.0.ln1.input': [0.027, 0.1],
        'blocks.0.ln1': [0.09, 0.2],
        'blocks.0.ln2.input': [20.8, 30],
        'blocks.0.ln2': [0.4, 0.5],
        'blocks.1.ln1.input': [81, 90],
        'blocks.1.ln1': [0.6, 0.7],
        'blocks.1.ln2.input': [160, 170],
        'blocks.1.ln2': [0.6, 0.7],
        'lnf.input': [562, 570],
      }),
    );
    assert.equal(finding.title, 'First clear shift: blocks.0.ln2.input, step 10 (20.8 σ)');
    assert.deepEqual([finding.jump?.from, finding.jump?.to], [1, 2]);
    assert.match(
      finding.evidence,
      /The first large increase along the network is in blocks\.0 between ln1 and ln2 \(× 20\)\./,
    );
  });

  it('names no layer if nearly all layers moved before the first step after the reference', () => {
    const layers = Object.fromEntries(
      Array.from({ length: 24 }, (_, i) => [`layer${i}`, [0.6 + 0.02 * i, 1]]),
    );
    const [finding] = found(movedRun([0, 10, 20], layers));
    assert.equal(finding.title, 'All 24 layers moved between steps 0 and 10');
    assert.equal(finding.layer, undefined);
    assert.match(finding.advice, /Record more often between steps 0 and 10/);
    const most = found(movedRun([0, 10, 20], { ...layers, layer0: [0.1, 1] }));
    assert.equal(most[0].title, '23 of 24 layers moved between steps 0 and 10');
    const later = Object.fromEntries(Object.keys(layers).map((name) => [name, [0, 1]]));
    assert.equal(found(movedRun([0, 10, 20], later))[0].title, 'First clear shift: layer0, step 20 (1 σ)');
  });

  it('is not reported below half a σ or below the noise floor', () => {
    assert.deepEqual(found(movedRun([0, 10], { a: [0.4], b: [0.3] })), []);
    assert.deepEqual(found(movedRun([0, 10], { a: [0.8], b: [0.7] }, { floor: 0.9 })), []);
  });

  it('skips layers whose reference has a σ below ε, and reports them in a note', () => {
    const input = movedRun([0, 10, 20], { a: [933_000, 933_000], b: [0, 0.7], c: [0, 0] });
    const { none, ...methods } = summaryOf(0).methods;
    const flat = summaryOf(0, [0], {
      methods: { ...methods, none: { ...(none as object), variance: 1e-12 } as typeof none },
    });
    const findings = findingsOf({ ...input, summaries: new Map([...input.summaries, [0, flat]]) });
    const titles = findings.map(({ kind, title }) => `${kind}: ${title}`);
    assert.ok(
      titles.includes('flat-reference: a has almost no spread at the reference step'),
      titles.join('\n'),
    );
    const text = JSON.stringify(findings);
    assert.match(text, /First clear shift: b, step 20/);
    assert.doesNotMatch(text, /933/);
  });
});
