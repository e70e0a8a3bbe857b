import assert from 'node:assert/strict';
import { labOf } from '../../../../webview/charts/colorSpace';
import { mapColors, rampColor } from '../../../../webview/charts/mapColors';
import { mapScale } from '../../../../webview/charts/mapScale';
import { contrast, DEFICIENCIES, difference, seen, themes } from './colorVision';

describe('webview: CIE colors', () => {
  /** Of sRGB, by the definitions of CIE 15 and IEC 61966-2-1 (colour-science 0.4: XYZ_to_Lab(sRGB_to_XYZ(rgb))). */
  const KNOWN: readonly [color: string, l: number, a: number, b: number][] = [
    ['#ffffff', 100, 0, 0],
    ['#000000', 0, 0, 0],
    ['#ff0000', 53.24, 80.09, 67.2],
    ['#00ff00', 87.73, -86.18, 83.18],
    ['#0000ff', 32.3, 79.19, -107.86],
    ['#808080', 53.59, 0, 0],
  ];
  for (const [color, l, a, b] of KNOWN) {
    it(`are those of ${color}`, () => {
      const lab = labOf(color);
      assert.ok(difference(lab, { l, a, b }) < 0.05, JSON.stringify(lab));
    });
  }

  it('have the contrast of WCAG', () => {
    assert.ok(Math.abs(contrast('#ffffff', '#000000') - 21) < 1e-5);
    assert.ok(Math.abs(contrast('#777777', '#ffffff') - 4.48) < 0.005);
  });
});

for (const [name, theme] of themes()) {
  describe(`webview: colors of the map in ${name}`, () => {
    const map = mapColors(theme);
    const { place, ticks } = mapScale('sigmas', undefined);

    for (const [deficiency, matrix] of Object.entries(DEFICIENCIES)) {
      it(`are monotone in lightness, and their anchors distinct, with ${deficiency} deficiency`, () => {
        const lightness = map.ramp.map((color) => seen(color, matrix).l);
        const isRising = lightness[0] < lightness[lightness.length - 1];
        lightness.slice(1).forEach((l, i) => {
          const step = isRising ? l - lightness[i] : lightness[i] - l;
          // A color has whole numbers from 0 to 255.
          assert.ok(step > -0.25, `${i}: ${lightness[i]}, ${l}`);
        });
        const anchors = [0, ...ticks].map((tick) => seen(rampColor(map, place(tick)), matrix));
        anchors.slice(1).forEach((anchor, i) => {
          const apart = difference(anchors[i], anchor);
          assert.ok(apart >= 9, `anchors ${i} and ${i + 1} differ by ${apart}`);
        });
      });
    }

    it('have the lowest color 3 : 1 against the background and against noise', () => {
      for (const behind of [theme.background, map.quiet]) {
        const of = contrast(map.ramp[0], behind);
        assert.ok(of >= 3, `${map.ramp[0]} on ${behind}: ${of}`);
      }
    });

    it('have one line of the selection 3 : 1 against any of them', () => {
      for (const color of [...map.ramp, map.quiet]) {
        const of = Math.max(contrast(color, theme.background), contrast(color, theme.foreground));
        assert.ok(of >= 3, `${color}: ${of}`);
      }
    });

    for (const [deficiency, matrix] of Object.entries(DEFICIENCIES)) {
      it(`tell more from less, and how much, with ${deficiency} deficiency`, () => {
        const middle = (map.diverging.length - 1) / 2;
        assert.equal(map.diverging[middle], map.quiet);
        const less = map.diverging.slice(0, middle).reverse();
        const more = map.diverging.slice(middle + 1);
        for (const side of [less, more]) {
          const lightness = side.map((color) => seen(color, matrix).l);
          const isRising = lightness[0] < lightness[lightness.length - 1];
          lightness.slice(1).forEach((l, at) => {
            const step = isRising ? l - lightness[at] : lightness[at] - l;
            assert.ok(step > -0.25, `${at}: ${lightness[at]}, ${l}`);
          });
        }
        // At the same size of a difference, from a quarter of the largest to three quarters.
        for (const part of [0.25, 0.5, 0.75]) {
          const at = Math.round(part * (middle - 1));
          const apart = difference(seen(less[at], matrix), seen(more[at], matrix));
          assert.ok(apart >= 20, `${part}: ${less[at]} and ${more[at]} differ by ${apart}`);
        }
      });
    }

    it('are one hue', () => {
      const hues = map.ramp.map(labOf).flatMap(({ a, b }) => {
        const isColorful = Math.hypot(a, b) > 8;
        return isColorful ? [(180 * Math.atan2(b, a)) / Math.PI] : [];
      });
      assert.ok(hues.length > 100);
      assert.ok(Math.max(...hues) - Math.min(...hues) < 8, `${Math.min(...hues)} to ${Math.max(...hues)}`);
    });
  });
}
