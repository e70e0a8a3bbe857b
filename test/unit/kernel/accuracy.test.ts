import { itIsAccurate, KINDS } from './accuracy';

const ALL = Object.keys(KINDS);

/** All kinds in the large shapes are among the hostile tests: they take long. */
describe('accuracy against float64: statistics of every unit, and percentiles by order', () => {
  itIsAccurate([
    // Large enough for histograms of blocks.
    {
      layout: 'NCHW',
      shape: [21, 128, 20, 20],
      kinds: ['normal', 'mostly zeros', 'NaN and infinities', 'scales by sample', 'means by sample'],
    },
    { layout: 'NCHW', shape: [5, 8, 187, 151], kinds: ['rectified'] },
    { layout: 'NCHW', shape: [20, 64, 7, 7], kinds: ALL },
    { layout: 'NHWC', shape: [6, 12, 12, 32], kinds: ALL },
    { layout: 'NLC', shape: [6, 64, 96], kinds: ALL },
    { layout: 'NC', shape: [256, 128], kinds: ALL },
  ]);
});
