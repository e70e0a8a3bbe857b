import assert from 'node:assert/strict';
import type { ChannelFigures } from '../../../../src/model/channelFigures';
import { channelPixels, frameCell, rangeOf } from '../../../../webview/charts/channelPainting';
import type { MapColors } from '../../../../webview/charts/mapColors';
import { linearScale } from '../../../../webview/charts/mapScale';
import type { Theme } from '../../../../webview/theme';

/** A ramp whose color says its place. */
const COLORS: MapColors = {
  quiet: '#000000',
  ramp: Array.from({ length: 129 }, (_, i) => `rgb(${i}, 0, 0)`),
};
const SCALE = linearScale({ min: -4, max: 4 });

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

  it('shows the value that is farthest from 0 where channels share a row', () => {
    const pixels = channelPixels({ figures, figure: 'mean', order: [1, 0, 2], scale: SCALE }, COLORS, 2);
    assert.deepEqual(placesOf(pixels), [
      [64, -1],
      [0, 128],
    ]);
  });

  it('takes a scale from the finite values', () => {
    assert.deepEqual(rangeOf(figures, 'mean'), { min: -4, max: 4 });
    assert.equal(rangeOf(figuresOf([[Number.NaN, Number.POSITIVE_INFINITY]]), 'mean'), undefined);
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
});
