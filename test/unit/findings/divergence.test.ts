import assert from 'node:assert/strict';
import { findingsOf } from '../../../src/findings/findings';
import { verdictOf } from '../../../src/findings/verdict';
import type { RecordSummary } from '../../../src/model/analysis';
import type { LayerOrder } from '../../../src/model/catalog';
import { summaryOf } from '../model/samples';
import { movedRun } from './runs';

/**
 * Root mean square of the inputs and outputs of a GPT's layer norms at steps 0, 10, and 20; Adam with a learning rate
 * of 3e-2.
 */
const DIVERGING = {
  'blocks.0.ln1.input': [1.03, 1.06, 1.2],
  'blocks.0.ln1': [1, 1.02, 1.1],
  'blocks.0.ln2.input': [1.03, 21, 60],
  'blocks.0.ln2': [1, 1.1, 1.2],
  'blocks.1.ln1.input': [1.03, 540, 900],
  'blocks.1.ln1': [1, 1.1, 1.2],
  'blocks.1.ln2.input': [1.03, 900, 1500],
  'lnf.input': [1.03, 2300, 4000],
};

function diagnosed(layers: Readonly<Record<string, readonly number[]>>, order: LayerOrder = 'calls') {
  const still = Object.fromEntries(Object.keys(layers).map((name) => [name, [0, 0]]));
  const input = movedRun([0, 10, 20], still, { order });
  const deviations = Object.values(layers).flat();
  const summaries = new Map(
    deviations.map((deviation, record): [number, RecordSummary] => {
      const summary = summaryOf(record);
      const none = { ...summary.methods.none, mean: 0, variance: deviation ** 2 };
      return [record, { ...summary, methods: { ...summary.methods, none } as RecordSummary['methods'] }];
    }),
  );
  // Only outputs of normalization layers have an input.
  const layersWithInputs = input.catalog.layers.map((layer) => {
    const read = input.catalog.layers.find(({ name }) => name === `${layer.name}.input`);
    return read === undefined ? layer : { ...layer, input: read.id };
  });
  const catalog = { ...input.catalog, layers: layersWithInputs };
  const findings = findingsOf({ ...input, catalog, summaries });
  return { findings, catalog, verdict: verdictOf(catalog, findings, summaries.keys()) };
}

describe('findings: a diverging run', () => {
  it('is located where the signal first grows, not where it is largest', () => {
    const { findings, catalog, verdict } = diagnosed(DIVERGING);
    assert.deepEqual(verdict, {
      severity: 'error',
      sentence: 'Diverging from step ≤ 10, starting in blocks.0 between ln1 and ln2 (× 20)',
      causes: 1,
    });
    const [growth] = findings;
    assert.deepEqual([growth.kind, growth.step, growth.after], ['growth', 10, 0]);
    assert.equal(catalog.layers[growth.layer!].name, 'blocks.0.ln2.input');
    assert.match(growth.title, /^Signal growth starts at blocks\.0\.ln2\.input by step 10/);
    assert.match(growth.evidence, /lnf\.input/);
  });

  it('has no location if the layer order is unknown', () => {
    const { verdict } = diagnosed(DIVERGING, 'names');
    assert.match(verdict.sentence, /^Diverging from step ≤ 10, in \d layers$/);
  });

  it('is not reported if the same network trains well', () => {
    const healthy = Object.fromEntries(
      Object.entries(DIVERGING).map(([name, [first]], i) => [
        name,
        [first, first * (1 + i / 10), first * (1.5 + i / 10)],
      ]),
    );
    assert.equal(diagnosed(healthy).verdict.sentence, 'Nothing unusual in 8 layers × 3 steps');
  });

  it('has the first step with non-finite values in its verdict', () => {
    const { findings, catalog } = diagnosed(DIVERGING);
    const nonFinite = {
      ...findings[0],
      kind: 'non-finite',
      step: 20,
      title: 'NaN first in a at step 20',
    } as const;
    const { sentence } = verdictOf(catalog, [{ ...findings[0], consequences: [nonFinite] }], []);
    assert.match(sentence, /^Diverging .*; non-finite values from step 20$/);
  });
});
