import type { RecordOptions } from '../../../src/kernel/methods/recordOptions';
import type { RecordEntry } from '../../../src/model/catalog';

/** A record of images, large enough to be read in parts, whichever they are. */
export const LARGE_RECORD: RecordEntry = {
  id: 0,
  layer: 0,
  step: 0,
  variant: 0,
  shape: [4096, 256, 28, 28],
  dtype: 'float32',
  file: 'file:///run/step_0.h5',
  tensor: 'conv1',
};

export const LARGE_OPTIONS = {
  layout: 'NCHW',
  epsilon: 1e-5,
  groups: 32,
  layerScope: 'example',
} as RecordOptions;
