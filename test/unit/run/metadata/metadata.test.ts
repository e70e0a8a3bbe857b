import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readMetadata } from '../../../../src/run/metadata/metadata';
import { settingsFor } from '../../../../src/run/metadata/sidecar';

const read = (metadata: Record<string, string>) =>
  readMetadata(new Map(Object.entries(metadata)), 'file:///a');

describe('run: metadata of files', () => {
  it('reads separate keys', () => {
    const { fields, sidecar, problems } = read({
      step: '100',
      epoch: '3',
      rank: '1',
      micro_batch: '2',
      phase: 'Training',
      epsilon: '0.001',
      order: '["conv1", "fc"]',
      layout: '{"conv1": "NHWC"}',
      module: 'torch.nn.ReLU',
      format: 'pt',
    });
    assert.deepEqual(fields, { step: 100, epoch: 3, rank: 1, call: 2, phase: 'train' });
    assert.deepEqual(sidecar.order, ['conv1', 'fc']);
    assert.deepEqual(settingsFor(sidecar, ['conv1']), {
      layout: 'NHWC',
      module: 'torch.nn.ReLU',
      epsilon: 0.001,
      phase: 'Training',
    });
    assert.equal(settingsFor(sidecar, ['fc']).layout, undefined);
    assert.deepEqual(problems, []);
  });

  it('reads one layout for all, and other spellings of step', () => {
    for (const key of ['step', 'global_step', 'iteration', 'Iter', 'globalStep']) {
      assert.equal(read({ [key]: '7' }).fields.step, 7, key);
    }
    assert.equal(settingsFor(read({ layout: 'LNC' }).sidecar, ['x']).layout, 'LNC');
  });

  it('reads a complete document, which overrides separate keys', () => {
    const { fields, sidecar, problems } = read({
      normscope: '{"step": 5, "phase": "val", "groups": 4, "layers": {"x": {"layout": "CN"}}}',
      step: '6',
      groups: '8',
      layout: 'NC',
    });
    assert.deepEqual(fields, { step: 5, phase: 'val' });
    assert.deepEqual(settingsFor(sidecar, ['x']), { layout: 'CN', groups: 4, phase: 'val' });
    assert.equal(settingsFor(sidecar, ['y']).layout, 'NC');
    assert.deepEqual(problems, []);
  });

  it('ignores what other programs write there', () => {
    for (const foreign of [
      { step: 'last', epoch: '-1', rank: '0.5', phase: ' ' },
      { layout: 'torch.strided', order: 'C', groups: 'none', layers: '[1]', epsilon: '{}' },
      { step: '1e999', iteration: '12345678901234567890' },
    ]) {
      const { fields, sidecar, problems } = read(foreign);
      assert.deepEqual(fields, {});
      assert.deepEqual(settingsFor(sidecar, ['x']), {});
      assert.deepEqual(problems, []);
    }
  });

  it('reports a document that is wrong', () => {
    assert.match(read({ normscope: '{' }).problems[0].message, /not valid JSON/);
    const { problems, fields } = read({ normscope: '{"step": "7", "groups": 0}' });
    assert.match(problems[0].message, /^groups is ignored: expected/);
    assert.deepEqual(fields, {});
  });

  it('takes any texts without harm', () => {
    const key = fc.oneof(
      fc.constantFrom('normscope', 'layers', 'layout', 'step', 'order', '__proto__'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.oneof(fc.json(), fc.string()))), (entries) => {
        settingsFor(readMetadata(new Map(entries), 'file:///a').sidecar, ['x']);
      }),
    );
    assert.equal(({} as { layout?: unknown }).layout, undefined);
  });
});
