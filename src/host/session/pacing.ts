/**
 * All times of the extension host, in milliseconds, each with its reason. (How half-written files are retried is in
 * src/run/listing/halfWritten.ts.) A new step passes these stages:
 *
 * files → {@link WATCHING} → the kernel → {@link CHANGES} → panels, tree ({@link TREE_REFRESH}), {@link FINDINGS}
 *
 * A panel has no time of its own: it gets one update after another, the next once it has drawn the last.
 */

import { HALF_WRITTEN, type RetryTimes } from '../../run/listing/halfWritten';

/** How a run's files are watched. */
export interface WatchingTimes extends RetryTimes {
  /** Gathers the events of a file that is being written: most writers need less from the first to the last. */
  readonly gather: number;
  /** The maximum if checks are slow: a person notices a longer delay. */
  readonly maxGather: number;
  /** Events are gathered for at least this multiple of the time that the last check of single files took. */
  readonly gatherPerCheck: number;
  /** Minimum between two checks of all files: without events, they are the only way to find new steps. */
  readonly poll: number;
  /** The same on file systems that send events, while none arrive: few are lost. */
  readonly pollBesideEvents: number;
  /** From an event to the next check of all files: in a burst, events may be lost. */
  readonly pollAfterEvent: number;
  /** Share of the time that checks of all files may take: listing a large folder must not slow the training. */
  readonly pollShare: number;
}

export const WATCHING: WatchingTimes = {
  gather: 40,
  maxGather: 500,
  gatherPerCheck: 2,
  poll: 1000,
  pollBesideEvents: 15_000,
  pollAfterEvent: 2000,
  pollShare: 0.02,
  firstRetry: HALF_WRITTEN.firstRetry,
  maxRetry: HALF_WRITTEN.maxRetry,
};

/** How changes of a session reach the views. */
export const CHANGES = {
  /** Between two changes: often enough to look continuous, and the kernel sends thousands of results a second. */
  interval: 100,
  /** From another state to its first results: by then, those of the layer in view are there, and come together. */
  first: 50,
  /** The same while the layer in view is computed: to draw some of its steps takes the time to compute the others. */
  awaitedInterval: 250,
  /** The same while steps arrive in a burst: each change then also makes the views lay out new steps. */
  burstInterval: 250,
  /** Steps that arrive within this time of each other are a burst. */
  burstGap: 400,
  /** A run counts as live for this time after its last new step: most trainings record more often. */
  live: 15_000,
} as const;

/** How often findings are made of a run that grows; those of a run that is complete are made at once. */
export const FINDINGS = {
  /** Minimum between two diagnoses: people need time to read them. */
  interval: 1000,
  /** The same, as a multiple of the time that the last diagnosis took: it uses the thread that serves the panel. */
  pausePerCost: 50,
  /** Between two comparisons of all layers with their declarations: each reads tensors again. */
  checkInterval: 10_000,
  /** A run that grows faster than it is computed is never complete: it is diagnosed after this time anyway. */
  patience: 30_000,
} as const;

/** Between two redraws of the tree: VS Code redraws all visible rows, and people need time to read them. */
export const TREE_REFRESH = 500;

/** Between two updates of what a panel shows of other runs: each makes it ask for one layer of all of them. */
export const GROUP_CHANGES = 500;

/** Problems of one run within this time are one message: a broken run has hundreds. */
export const MESSAGE_GATHER = 1000;

/** Listing a run for longer than this shows a notification: a shorter one would only flash. */
export const LISTING_NOTIFICATION = 1000;

/** A run without a panel is closed after this: VS Code closes an editor before it opens another one in its place. */
export const CLOSE_UNSEEN = 500;

/** A new editor group that is still empty after this was made by splitting a panel. */
export const SPLIT_SETTLES = 200;
