import assert from 'node:assert/strict';
import type { ChannelFigures } from '../../../../src/model/channelFigures';
import { channelPixels, channelPixelsOf, frameCell } from '../../../../webview/charts/channelPainting';
import { channelScale } from '../../../../webview/charts/channelScale';
import type { MapColors } from '../../../../webview/charts/mapColors';
import type { Theme } from '../../../../webview/theme';

/** A ramp whose color says its place. */
const COLORS: MapColors = {
  quiet: '#000000',
  diverging: [],
  ramp: Array.from({ length: 129 }, (_, i) => `rgb(${i}, 0, 0)`),
};
/** From −4 to 4, so that places are eighths. */
const SCALE = { place: (value: number) => (value + 4) / 8, meaning: '', ends: ['', ''] } as const;

function figuresOf(rows: readonly (readonly number[])[]): ChannelFigures {
  const values = Float64Array.from(rows.flat());
  const [records, channels] = [rows.length, rows[0].length].map((length) =>
    Int32Array.from({ length }, (_, i) => i),
  );
  const all = { mean: values, deviation: values, greatest: values, shift: values };
  return { layer: 0, variant: 0, records, channels, of: channels.length, ...all };
}

/** The place of each pixel's color on the ramp; -1: transparent. */
function placesOf({ width, height, data }: ReturnType<typeof channelPixels>): number[][] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const at = 4 * (y * width + x);
      return data[at + 3] === 0 ? -1 : data[at];
    }),
  );
}

describe('webview: the channel map', () => {
  const figures = figuresOf([
    [-4, 0, 4],
    [4, Number.NaN, 2],
  ]);

  it('has a pixel for each step and channel, in the order of the channels', () => {
    const pixels = channelPixels({ figures, figure: 'mean', order: [2, 0, 1], scale: SCALE }, COLORS, 100);
    assert.deepEqual(placesOf(pixels), [
      [128, 96],
      [0, 128],
      [64, -1],
    ]);
  });

  it('shows the most unusual value where channels share a row', () => {
    const pixels = channelPixels({ figures, figure: 'mean', order: [1, 0, 2], scale: SCALE }, COLORS, 2);
    assert.deepEqual(placesOf(pixels), [
      [64, -1],
      [128, 128],
    ]);
  });

  it('is not colored again for another channel in view', () => {
    const pixelsOf = channelPixelsOf({ figures, figure: 'mean', order: [0, 1, 2], scale: SCALE });
    const pixels = pixelsOf(COLORS, 10);
    assert.equal(pixelsOf(COLORS, 10), pixels);
    assert.equal(pixelsOf(COLORS, 1).height, 1);
    assert.notEqual(pixelsOf({ ...COLORS }, 10), pixels);
  });

  it('frames the cell in view in two colors, one of which contrasts with any', () => {
    const drawn: [style: string, ...box: number[]][] = [];
    const context = {
      strokeStyle: '',
      lineWidth: 0,
      strokeRect(...box: number[]) {
        drawn.push([this.strokeStyle, ...box]);
      },
    };
    const theme = { background: '#000', foreground: '#fff' } as Theme;
    const size = { columns: 10, rows: 4, width: 100, height: 40 };
    frameCell(context, { column: 2, row: 1 }, size, theme);
    assert.deepEqual(drawn, [
      ['#000', 19, 9, 12, 12],
      ['#fff', 17, 7, 16, 16],
    ]);
    frameCell(context, { column: 2, row: -1 }, size, theme);
    assert.equal(drawn.length, 2);
  });

  it('is quiet for what most channels have, and colorful for what is far from it', () => {
    // Nine channels alike and one apart.
    const of = (usual: number, apart: number) => figuresOf([[...new Array(9).fill(usual), apart]]);
    for (const figure of ['deviation', 'greatest'] as const) {
      const scale = channelScale(of(0.01, 10), figure);
      assert.equal(scale.place(0.01), 0);
      assert.equal(scale.place(10), 1);
      assert.equal(scale.place(0), 1);
      assert.ok(Math.abs(scale.place(0.1) - 1 / 3) < 1e-12);
      assert.ok(Math.abs(scale.place(0.001) - 1 / 3) < 1e-12);
    }
    const mean = channelScale(of(2, 2), 'mean');
    assert.equal(mean.place(0), 0);
    assert.equal(mean.place(-200), 1);
    assert.equal(mean.place(200), mean.place(-200));
    const shift = channelScale(of(2, 2), 'shift');
    assert.deepEqual([shift.place(0), shift.place(1), shift.place(100)], [0, 0.5, 1]);
    // A layer that is 0 almost everywhere: what is not stands out.
    assert.deepEqual([0, 3].map(channelScale(of(0, 3), 'deviation').place), [0, 1]);
  });
});
