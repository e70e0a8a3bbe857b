import { isDefined, type Saturation } from '../../model/analysis';
import type { RecordLoops } from '../record/recordLoops';
import type { RecordSketch } from '../record/recordSketch';
import { countsBelow } from './shares';

/**
 * Limit beyond which a bounded activation passes hardly any gradient: 1 − tanh² is 0.06 at |tanh| = 0.97. For a
 * sigmoid, which is (1 + tanh(x/2))/2, s(1 − s) is 0.03 at s = 0.03 and 0.97, an eighth of its maximum [Glorot & Bengio
 * 2010, §3].
 */
const END = 0.97;

/**
 * Returns the shares of values at the ends of their range; undefined if a value is outside [-1, 1], or there is none.
 * `loops`: those that have the record's raw values loaded.
 */
export function saturation({ methods }: RecordSketch, loops?: RecordLoops): Saturation | undefined {
  const raw = methods.none;
  if (!isDefined(raw) || raw.sketch.count === 0) return undefined;
  const { min, max, count } = raw.sketch;
  if (min < -1 || max > 1) return undefined;
  const below = loops?.countBelow ?? countsBelow(raw.sketch);
  const high = count - below(END);
  return { tanh: (high + below(-END)) / count, sigmoid: (high + below(1 - END)) / count };
}
