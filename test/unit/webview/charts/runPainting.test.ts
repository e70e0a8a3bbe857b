import assert from 'node:assert/strict';
import type { GroupRun } from '../../../../src/model/runGroup';
import { groupAxes, paintRun } from '../../../../webview/charts/runPainting';
import { THEME } from '../samples';

function run(steps: readonly number[], ...figures: readonly (readonly number[])[]): GroupRun {
  return {
    key: 'a',
    title: 'lr 0.1',
    name: 'a',
    knobs: { lr: 0.1 },
    state: 'complete',
    layer: { id: 0, variant: 0, name: 'fc' },
    records: steps.length,
    steps: Float64Array.from(steps),
    figures: figures.map((row) => Float64Array.from(row)),
  };
}

/** The lines and texts that are painted on 148 × 118 pixels: the curve has 96 of them across and 96 down. */
function painted(of: GroupRun, others: readonly GroupRun[], band?: Parameters<typeof paintRun>[1]['band']) {
  const axes = groupAxes([of, ...others], 'size');
  assert.ok(axes !== undefined);
  const lines: string[] = [];
  const texts: string[] = [];
  const boxes: string[] = [];
  const context = {
    fillStyle: '',
    strokeStyle: '',
    lineWidth: 0,
    lineJoin: 'round' as const,
    font: '',
    textAlign: 'left' as const,
    textBaseline: 'top' as const,
    measureText: () => ({ width: 10 }) as TextMetrics,
    fillText: (text: string) => void texts.push(text),
    fillRect: (...box: number[]) => void boxes.push(box.map((each) => Math.round(each)).join(' ')),
    beginPath: () => {},
    closePath: () => void lines.push('Z'),
    fill: () => {},
    moveTo: (x: number, y: number) => void lines.push(`M ${Math.round(x)} ${Math.round(y)}`),
    lineTo: (x: number, y: number) => void lines.push(`L ${Math.round(x)} ${Math.round(y)}`),
    stroke: () => {},
  };
  paintRun(context, { run: of, axes, band, step: 10, theme: THEME }, 148, 118);
  return { lines, texts, boxes };
}

describe('webview: the painting of a run of a group', () => {
  it('is on the axes that all runs share', () => {
    const other = run([0, 20], [0, 4]);
    assert.deepEqual(painted(run([0, 10], [0, 2]), [other]).lines, ['M 48 100', 'L 96 52']);
    const { texts, boxes } = painted(other, []);
    assert.deepEqual(texts, ['0', '4', '0', '20']);
    assert.ok(boxes.includes('96 0 1 104'), 'the step in view is marked');
  });

  it('is by the logarithm if the runs together span a decade', () => {
    const other = run([0], [100]);
    assert.deepEqual(painted(run([0, 20], [1, 10]), [other]).lines, ['M 48 100', 'L 144 52']);
  });

  it('has a line for each figure of a quantity, and a dot for a single step', () => {
    assert.equal(painted(run([0, 20], [1, 2], [2, 3], [3, 4]), []).lines.length, 6);
    const { lines, boxes } = painted(run([5], [3]), [run([0, 20], [0, 3])]);
    assert.deepEqual(lines, []);
    assert.ok(boxes.some((box) => box.endsWith(' 3 3')));
  });

  it('lies over what the runs of its kind span', () => {
    const band = {
      steps: Float64Array.of(0, 20),
      low: Float64Array.of(0, 2),
      high: Float64Array.of(2, 4),
      runs: 2,
    };
    const { lines } = painted(run([0, 20], [1, 3]), [run([0], [4]), run([0], [0])], band);
    assert.deepEqual(lines.slice(0, 5), ['M 48 52', 'L 144 4', 'L 144 52', 'L 48 100', 'Z']);
  });

  it('is none where no run has a finite figure', () => {
    assert.equal(groupAxes([run([0], [Number.NaN]), run([])], 'size'), undefined);
  });
});
