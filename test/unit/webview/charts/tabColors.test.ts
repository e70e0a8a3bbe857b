import assert from 'node:assert/strict';
import { METHODS } from '../../../../src/model/analysis';
import { batchSizeChart, NOISES, noiseColor } from '../../../../webview/charts/batchSizeChart';
import { channelColor } from '../../../../webview/charts/channelPainting';
import { mix } from '../../../../webview/charts/colors';
import { mapColors } from '../../../../webview/charts/mapColors';
import { contrast, DEFICIENCIES, difference, seen, themes } from './colorVision';

/** CIE 1976 differences that a person sees without looking for them: as between the anchors of the map. */
const DISTINCT = 9;

for (const [name, theme] of themes()) {
  describe(`webview: colors of the tabs in ${name}`, () => {
    for (const [deficiency, matrix] of Object.entries(DEFICIENCIES)) {
      it(`of methods are distinct with ${deficiency} deficiency, also from errors`, () => {
        const colors = [...METHODS.map((method) => [method, theme.methods[method]] as const)];
        for (const [i, [a, first]] of colors.entries())
          for (const [b, second] of colors.slice(i + 1)) {
            const apart = difference(seen(first, matrix), seen(second, matrix));
            assert.ok(apart >= DISTINCT, `${a} and ${b} differ by ${apart}`);
          }
        const rms = difference(seen(theme.methods.rms, matrix), seen(theme.error, matrix));
        assert.ok(rms >= DISTINCT, `rms and errors differ by ${rms}`);
      });

      it(`of noise are distinct with ${deficiency} deficiency, or their lines are`, () => {
        const { datasets } = batchSizeChart(
          { record: 0, samples: 8, of: 8, channels: 1, worth: 1, positions: 1, sizes: [] },
          1,
          theme,
        ).data;
        const isDashed = (i: number) => (datasets[i].borderDash as readonly number[]).length > 0;
        for (const [i, first] of NOISES.entries())
          for (const [j, second] of NOISES.entries()) {
            if (i >= j || isDashed(i) !== isDashed(j)) continue;
            const [a, b] = [first, second].map((noise) => seen(noiseColor(noise, theme), matrix));
            const apart = difference(a, b);
            assert.ok(apart >= DISTINCT, `${first} and ${second} differ by ${apart}`);
          }
        assert.deepEqual(
          NOISES.filter((_, i) => isDashed(i)),
          ['shift'],
        );
      });

      it(`of channels and densities are monotone in lightness with ${deficiency} deficiency`, () => {
        const places = Array.from({ length: 129 }, (_, i) => i / 128);
        const map = mapColors(theme);
        const ramps = [
          places.map((place) => channelColor(map, place)),
          ...METHODS.map((method) =>
            places.map((place) => mix(theme.background, theme.methods[method], place)),
          ),
        ];
        for (const ramp of ramps) {
          const lightness = ramp.map((color) => seen(color, matrix).l);
          const isRising = lightness[0] < lightness[128];
          lightness.slice(1).forEach((l, i) => {
            const step = isRising ? l - lightness[i] : lightness[i] - l;
            // A color has whole numbers from 0 to 255.
            assert.ok(step > -0.25, `${i}: ${lightness[i]}, ${l}`);
          });
          const quarters = [0, 32, 64, 96, 128].map((at) => seen(ramp[at], matrix));
          quarters.slice(1).forEach((quarter, i) => {
            const apart = difference(quarters[i], quarter);
            assert.ok(apart >= DISTINCT / 2, `quarters ${i} and ${i + 1} differ by ${apart}`);
          });
          assert.ok(difference(quarters[0], quarters[4]) >= 2 * DISTINCT);
        }
      });
    }

    it('of lines and bars are 3 : 1 against the background', () => {
      const marks = [
        ...METHODS.map((method) => theme.methods[method]),
        ...NOISES.map((noise) => noiseColor(noise, theme)),
        channelColor(mapColors(theme), 0.25),
      ];
      for (const color of marks) {
        const of = contrast(color, theme.background);
        assert.ok(of >= 3, `${color}: ${of}`);
      }
    });
  });
}
