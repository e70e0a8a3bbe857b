import assert from 'node:assert/strict';
import { CASTS } from '../../../../src/model/formatCasts';
import type { MethodSweep } from '../../../../src/model/methodSweep';
import { groupSweepChart } from '../../../../webview/charts/groupSweepChart';
import {
  batchSizesAsText,
  castName,
  formatCastsAsText,
  methodSweepAsText,
} from '../../../../webview/state/whatIf';
import { THEME } from '../samples';

const SWEEP: MethodSweep = {
  record: 1,
  raw: 4,
  groups: [
    { groups: 1, w1: 3 },
    { groups: 2, w1: 1 },
    { groups: 4, w1: Number.NaN },
  ],
  epsilon: [{ method: 'batch', units: 8, share: 0.25 }],
};

describe('webview: what if', () => {
  it('names every cast differently', () => {
    assert.equal(new Set(CASTS.map(castName)).size, 10);
    assert.equal(castName({ format: 'float8_e5m2', scaling: 'block' }), 'float8 e5m2, MX blocks');
  });

  it('is copied as tables at full precision', () => {
    const casts = [{ format: 'float16', scaling: 'none', overflow: 1 / 3, flushed: 0, noise: 0.01 }] as const;
    assert.equal(
      formatCastsAsText({ record: 0, values: 3, of: 3, casts }),
      `format\tscaling\toverflow\tflushed\tdB\nfloat16\tnone\t${1 / 3}\t0\t20\n`,
    );
    assert.equal(
      methodSweepAsText(SWEEP),
      'groups\tw1\tremoved\n1\t3\t0.25\n2\t1\t0.75\n4\tNaN\tNaN\n\nmethod\tunits\tshare\nbatch\t8\t0.25\n',
    );
    const sizes = [{ size: 2, mean: 0.5, deviation: 0.25, bias: -0.125, output: 1 }];
    const found = { record: 0, samples: 4, of: 4, channels: 1, worth: 1, positions: 1, sizes };
    assert.equal(batchSizesAsText(found), 'size\tmean\tdeviation\tbias\toutput\n2\t0.5\t0.25\t-0.125\t1\n');
  });

  it('draws the share of the shift that each G removes, where it is defined', () => {
    const { data, options } = groupSweepChart(SWEEP, 2, THEME);
    assert.deepEqual(data.datasets[0].data, [
      { x: 1, y: 25 },
      { x: 2, y: 75 },
    ]);
    assert.deepEqual(data.datasets[0].pointRadius, [2.5, 5]);
    assert.equal(options?.scales?.['x']?.type, 'logarithmic');
  });
});
