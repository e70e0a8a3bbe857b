/**
 * All times of the panel, in milliseconds, each with its reason. The host sends one update after another, the next once
 * the panel has drawn the last (see {@link drawn}), so that nothing here needs to slow down the updates themselves.
 */

/**
 * Parts of a growing run that take longer to draw than they change are drawn after a pause that grows with them; see
 * {@link usePaced}.
 */
export const PAUSES = {
  /** A pause lasts no longer: by then a new step has moved a curve or a cell by a pixel. */
  longest: 1500,
  /** Bands of this many steps are drawn again after a pause of one more millisecond: drawing takes a thousandth of it. */
  stepsPerMillisecond: 4,
  /** The same for a shift map of this many cells. */
  cellsPerMillisecond: 60,
} as const;

/** How long a step is shown while playing, at each speed; by default long enough to see six distributions change. */
export const PLAYED_STEP = { '½': 1000, '1': 500, '2': 250, '4': 125 } as const;

/** How long a step stays in view before a screen reader announces it: longer than a played one at the usual speed. */
export const ANNOUNCED = 600;

/**
 * How long a record stays in view before what other tabs show of it is asked for: longer than a played step at the usual
 * speed, and shorter than a person needs to look at one tab.
 */
export const REST = 600;
