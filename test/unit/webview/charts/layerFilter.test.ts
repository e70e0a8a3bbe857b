import assert from 'node:assert/strict';
import { type LayerFigures, parseFilter } from '../../../../webview/charts/layerFilter';

const FIGURES: LayerFigures = { shift: 2, min: -1, max: 3, nonFinite: false, dead: false };
const NONE: LayerFigures = {
  shift: Number.NaN,
  min: Number.NaN,
  max: Number.NaN,
  nonFinite: false,
  dead: false,
};

function matches(filter: string, fullName: string, figures: Partial<LayerFigures> = {}): boolean | undefined {
  return parseFilter(filter)?.matches({ fullName }, { ...FIGURES, ...figures });
}

describe('webview: the filter of layers', () => {
  it('is none without terms', () => {
    for (const text of ['', '  ']) assert.equal(parseFilter(text), undefined);
  });

  const NAMES: readonly [filter: string, name: string, matches: boolean][] = [
    ['conv', 'layer1.Conv2', true],
    ['conv', 'layer1.bn2', false],
    ['bn*', 'layer1.bn2', true],
    ['bn*', 'layer1.subn2', false],
    ['bn*', 'bn1.input', true],
    ['*.input', 'bn1.input', true],
    ['*.input', 'bn1.inputs', false],
    ['h.*.ln', 'h.11.ln', true],
    ['h.*.ln', 'h.11.ln2', false],
    ['/q|k/', 'attn.k_proj', true],
    ['/^q/', 'attn.q_proj', false],
    ['/(/', 'a/(/b', true],
    ['a.b', 'axb', false],
    ['-conv', 'layer1.bn2', true],
    ['-conv', 'conv1', false],
    ['conv 1', 'layer1.conv', true],
    ['conv 2', 'layer1.conv', false],
    ['-', 'a-b', true],
  ];
  for (const [filter, name, expected] of NAMES) {
    it(`'${filter}' ${expected ? 'finds' : 'does not find'} ${name}`, () =>
      assert.equal(matches(filter, name), expected));
  }

  const OF_FIGURES: readonly [filter: string, figures: Partial<LayerFigures>, matches: boolean][] = [
    ['shift>1', {}, true],
    ['shift>2', {}, false],
    ['shift>=2', {}, true],
    ['shift<2', {}, false],
    ['SHIFT<=2', {}, true],
    ['shift>1', NONE, false],
    ['shift<1', NONE, false],
    ['-shift>1', NONE, true],
    ['value>2', {}, true],
    ['value<-0.5', {}, true],
    ['value<-1', {}, false],
    ['value>1e1', {}, false],
    ['nan', {}, false],
    ['nan', { nonFinite: true }, true],
    ['dead', { dead: true }, true],
    ['-dead', { dead: true }, false],
    ['nan shift>1', { nonFinite: true, shift: 0 }, false],
  ];
  for (const [filter, figures, expected] of OF_FIGURES) {
    it(`'${filter}' is ${expected} for ${JSON.stringify({ ...FIGURES, ...figures })}`, () =>
      assert.equal(matches(filter, 'a', figures), expected));
  }

  it('asks for figures from a step on', () => {
    assert.equal(parseFilter('shift>1 since:100')?.since, 100);
    assert.equal(parseFilter('shift>1')?.since, Number.NEGATIVE_INFINITY);
    assert.equal(matches('since:100', 'a'), true);
    assert.equal(parseFilter('since:100')?.matches({ fullName: 'a' }, NONE), false);
  });

  it('takes an unfinished term for a name', () => {
    assert.equal(matches('shift>', 'a'), false);
    assert.equal(matches('since:', 'a'), false);
  });
});
