import assert from 'node:assert/strict';
import fc from 'fast-check';
import { METHODS } from '../../../../src/model/analysis';
import { INITIAL_VIEW, restoreView, type ViewState } from '../../../../webview/state/viewState';

const VIEW: ViewState = {
  layer: 'net.conv1',
  variant: 2,
  step: 100,
  follow: true,
  tab: 'channels',
  overTraining: 'density',
  whatIf: 'formats',
  runView: 'width',
  channel: 7,
  sample: 3,
  position: 12,
  cubeMethod: 'group',
  cubeGroups: 4,
  channelFigure: 'greatest',
  channelOrder: 'value',
  channelDetail: 'positions',
  methods: ['none', 'rms'],
  commonScale: true,
  logCounts: true,
  mapQuantity: 'nonFinite',
  mapMethod: 'batch',
  mapCompared: 'ratio',
  mapSort: 'largest',
  mapSteps: { min: 10, max: 40 },
  mapRowZoom: 2,
  pins: ['net.conv1', 'net.fc'],
  open: { blocks: false, 'blocks.0': true },
  scalars: ['loss', 'lr'],
  overview: 'depth',
  tables: true,
  ranges: { none: { min: -1, max: 2 }, rms: { min: 0, max: 0.5 } },
};

describe('webview: the remembered view', () => {
  it('is restored', () => {
    for (const view of [VIEW, INITIAL_VIEW]) {
      assert.deepEqual(restoreView(JSON.parse(JSON.stringify({ roots: ['file:///run'], view }))), view);
    }
  });

  for (const remembered of [
    undefined,
    null,
    0,
    'view',
    [],
    {},
    { view: null },
    { view: 'x' },
    { view: [] },
  ]) {
    it(`is the initial view after ${JSON.stringify(remembered)}`, () => {
      assert.deepEqual(restoreView(remembered), INITIAL_VIEW);
    });
  }

  const HOSTILE: readonly [field: keyof ViewState, value: unknown, restored: unknown][] = [
    ['layer', 7, undefined],
    ['layer', '__proto__', '__proto__'],
    ['variant', '1', 0],
    ['variant', Number.NaN, 0],
    ['step', null, undefined],
    ['step', Number.POSITIVE_INFINITY, undefined],
    ['overTraining', 0, 'bands'],
    ['whatIf', 'weather', 'batchSizes'],
    ['sample', -1, 0],
    ['position', 0.5, 0],
    ['cubeMethod', 'none', 'batch'],
    ['cubeGroups', '4', undefined],
    ['mapQuantity', 'speed', 'shift'],
    ['mapQuantity', 3, 'shift'],
    ['mapSort', 'random', 'network'],
    ['mapSteps', [0, 10], undefined],
    ['mapSteps', { min: 10, max: 10 }, undefined],
    ['mapRowZoom', 0, 1],
    ['mapRowZoom', 'tall', 1],
    ['mapRowZoom', null, 1],
    ['scalars', 'loss', undefined],
    ['scalars', ['loss', 3, null], ['loss']],
    ['pins', 'net.conv1', []],
    ['pins', [1, 'a', null, 'b', 'c', 'd', 'e', 'f', 'g'], ['a', 'b', 'c', 'd', 'e', 'f']],
    ['open', { a: 1, b: true, c: null }, { b: true }],
    ['open', 'blocks', {}],
    ['overview', 'both', 'map'],
    ['methods', [], METHODS],
    ['methods', 'none', METHODS],
    ['methods', ['rms', 'none', 'none', 'spectral', 3, null], ['none', 'rms']],
    ['commonScale', 1, false],
    ['logCounts', 'true', false],
    ['mapMethod', 'constructor', 'none'],
    ['tables', {}, false],
    ['ranges', 'none', {}],
    ['ranges', { none: null, batch: 5, layer: {} }, {}],
    ['ranges', { none: { min: 1, max: 1 }, batch: { min: 2, max: 1 } }, {}],
    ['ranges', { none: { min: '0', max: 1 }, batch: { min: Number.NaN, max: 1 } }, {}],
    ['ranges', { none: { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY } }, {}],
    [
      'ranges',
      { spectral: { min: 0, max: 1 }, rms: { min: 0, max: 1, extra: 2 } },
      { rms: { min: 0, max: 1 } },
    ],
  ];
  for (const [field, value, restored] of HOSTILE) {
    it(`restores ${field} ${JSON.stringify(value)} as ${JSON.stringify(restored)}`, () => {
      assert.deepEqual(restoreView({ view: { ...VIEW, [field]: value } }), { ...VIEW, [field]: restored });
    });
  }

  it('is valid whatever was remembered, and the same when restored again', () => {
    const field = fc.constantFrom(...Object.keys(VIEW), '__proto__');
    fc.assert(
      fc.property(fc.dictionary(field, fc.anything()), (hostile) => {
        const view = restoreView({ view: hostile });
        assert.deepEqual(Object.keys(view).sort(), Object.keys(INITIAL_VIEW).sort());
        assert.ok(view.methods.length > 0);
        assert.deepEqual(restoreView({ view }), view);
      }),
    );
  });
});
