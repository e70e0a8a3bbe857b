import assert from 'node:assert/strict';
import { fade, mix, parseColor, type Rgba } from '../../../../webview/charts/colors';

const GREY: Rgba = [128, 128, 128, 1];

describe('webview: colors', () => {
  const COLORS: readonly [text: string, rgba: Rgba][] = [
    ['#f80', [255, 136, 0, 1]],
    ['#f800', [255, 136, 0, 0]],
    [' #0A0b0C ', [10, 11, 12, 1]],
    ['#0a0b0c33', [10, 11, 12, 0.2]],
    ['rgb(1, 2, 3)', [1, 2, 3, 1]],
    ['rgba(1, 2, 3, 0.5)', [1, 2, 3, 0.5]],
    ['rgb(1 2 3 / 0.5)', [1, 2, 3, 0.5]],
    ['#12345', GREY],
    ['#1234567', GREY],
    ['#xyz', GREY],
    ['rgb(1, 2)', GREY],
    ['rgb(a, b, c)', GREY],
    ['tomato', GREY],
    ['', GREY],
  ];
  for (const [text, rgba] of COLORS) {
    it(`parses '${text}'`, () => assert.deepEqual(parseColor(text), rgba));
  }

  it('fades by multiplying the opacity', () => {
    assert.equal(fade('#ff8000', 0.25), 'rgba(255, 128, 0, 0.25)');
    assert.equal(fade('rgba(1, 2, 3, 0.5)', 0.5), 'rgba(1, 2, 3, 0.25)');
  });

  it('mixes from one to the other', () => {
    const at = (t: number) => mix('#000000', '#64c8ff', t);
    assert.deepEqual([at(0), at(0.5), at(1)], ['rgb(0, 0, 0)', 'rgb(50, 100, 128)', 'rgb(100, 200, 255)']);
  });
});
