import { itIsAccurate, KINDS } from '../unit/kernel/accuracy';

describe('hostile values in records that are large enough for histograms of blocks', () => {
  itIsAccurate([
    { layout: 'NCHW', shape: [21, 128, 20, 20], kinds: Object.keys(KINDS) },
    { layout: 'NCHW', shape: [5, 8, 187, 151], kinds: ['normal', 'rectified', 'NaN and infinities'] },
  ]);
});
