import type { RunData } from './runData';
import type { Selection } from './selection';
import type { ViewState } from './viewState';

/** Elements of a record, at most: all tabs together then take a few tenths of a second of one core. */
const MAX_ELEMENTS = 2 ** 20;

/** What is in view. */
export interface InView {
  readonly selection: Selection;
  readonly data: RunData;
  readonly view: ViewState;
}

/** Asks ahead for what the tabs that are not shown need, so that they are there with the click. */
export interface ReadAhead {
  /** Takes what is in view now: anything new stops what was begun, and the wait begins again. */
  see(inView: InView): void;
}

/**
 * Once the same record and tab have been in view for a moment and nothing is computed, each of `requests` is made, the next
 * when the last is answered: a click waits for one at most. `stop` aborts the one under way. `afterRest` calls back after that
 * moment; its result cancels.
 */
export function readAhead(
  requests: readonly ((inView: InView) => Promise<void> | undefined)[],
  stop: () => void,
  afterRest: (act: () => void) => () => void,
): ReadAhead {
  let seen = '';
  let now: InView | undefined;
  let cancel = () => {};

  let rounds = 0;

  async function readAll(): Promise<void> {
    const round = ++rounds;
    for (const request of requests) {
      if (round !== rounds || now === undefined) return;
      await request(now);
    }
  }

  return {
    see: (inView) => {
      now = inView;
      const { selection, data, view } = inView;
      const { options, progress } = data;
      const place = [selection.record.id, options, progress, view.tab, view.whatIf];
      const key = mayReadAhead(inView) ? JSON.stringify(place) : '';
      if (key === seen) return;
      seen = key;
      rounds++;
      cancel();
      stop();
      if (key !== '') cancel = afterRest(() => void readAll());
    },
  };
}

/** Not while anything else needs the kernel, not of a record that takes long, and not from where files are read as a whole. */
function mayReadAhead({ selection: { summary, layer }, data: { progress, roots } }: InView): boolean {
  if (progress.state !== 'complete' || progress.live === true) return false;
  if (!roots.every((root) => root.startsWith('file:'))) return false;
  if (summary === undefined || layer.summarized !== undefined) return false;
  return summary.count <= MAX_ELEMENTS;
}
