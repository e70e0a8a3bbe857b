import assert from 'node:assert/strict';
import type { Chart } from 'chart.js';
import { type Marker, markerPlugin } from '../../../../webview/charts/markers';

/** A chart whose x axis shows 0 to 10 over pixels 20 to 120, and a canvas that records lines and their colors. */
function drawn(lines: readonly Marker[] | undefined) {
  const strokes: unknown[] = [];
  const path: number[] = [];
  let dash: readonly number[] = [];
  const ctx = {
    strokeStyle: '',
    lineWidth: 0,
    save() {},
    restore() {},
    beginPath: () => path.splice(0),
    moveTo: (...at: number[]) => path.push(...at),
    lineTo: (...at: number[]) => path.push(...at),
    setLineDash: (to: readonly number[]) => {
      dash = to;
    },
    stroke() {
      strokes.push({ color: this.strokeStyle, dash, path: [...path] });
    },
  };
  const chart = {
    ctx,
    chartArea: { left: 20, right: 120, top: 5, bottom: 95 },
    scales: { x: { getPixelForValue: (value: number) => 20 + 10 * value } },
    options: { plugins: lines === undefined ? {} : { markers: { lines } } },
  } as unknown as Chart;
  markerPlugin.afterDatasetsDraw?.(chart, {}, {}, false as never);
  return strokes;
}

describe('webview: markers', () => {
  it('draw a line from top to bottom at each value', () => {
    const lines = [
      { x: 0, color: 'red', dash: [2, 3] },
      { x: 10, color: 'blue', dash: [] },
    ];
    assert.deepEqual(drawn(lines), [
      { color: 'red', dash: [2, 3], path: [20, 5, 20, 95] },
      { color: 'blue', dash: [], path: [120, 5, 120, 95] },
    ]);
  });

  for (const x of [-1, 11, Number.NaN]) {
    it(`draw no line at ${x}, which is out of view`, () => {
      assert.deepEqual(drawn([{ x, color: 'red', dash: [] }]), []);
    });
  }

  it('draw nothing in a chart without markers', () => assert.deepEqual(drawn(undefined), []));
});
