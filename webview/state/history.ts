import type { Navigation } from '../../src/protocol/panelApi';
import type { RunData } from './runData';
import { navigated } from './selection';
import type { ViewState } from './viewState';

/** Where a person was. */
type Place = Pick<ViewState, 'layer' | 'variant' | 'step' | 'channel'>;

/** Jumps that follow each other faster than this, in milliseconds, are one: a key that is held down. */
const ONE_JUMP = 800;
/** Places that are remembered. */
const MAX_PLACES = 100;

/** The places that a person came from, and those that they went back from. */
export interface ViewHistory {
  /** The same change of the view, as a jump: the place before it is remembered. */
  jump(change: (view: ViewState) => ViewState): (view: ViewState) => ViewState;
  /**
   * The change of a navigation. Steps that follow each other are no jumps. `back` leads to the place before the last jump,
   * `forward` to the place that was left by going back.
   */
  navigate(data: RunData, navigation: Navigation): (view: ViewState) => ViewState;
}

export function viewHistory(now: () => number): ViewHistory {
  const back: Place[] = [];
  let forward: Place[] = [];
  let lastJump = Number.NEGATIVE_INFINITY;

  function note(before: ViewState, after: ViewState): void {
    if (before.layer === undefined || isSame(before, after)) return;
    const isNew = now() - lastJump >= ONE_JUMP;
    lastJump = now();
    forward = [];
    if (!isNew && back.length > 0) return;
    back.push(placeOf(before));
    back.splice(0, back.length - MAX_PLACES);
  }

  function go(view: ViewState, to: 'back' | 'forward'): ViewState {
    const [from, onto] = to === 'back' ? [back, forward] : [forward, back];
    let place = from.pop();
    while (place !== undefined && isSame(place, view)) place = from.pop();
    if (place === undefined) return view;
    onto.push(placeOf(view));
    lastJump = Number.NEGATIVE_INFINITY;
    const isOther = place.layer !== view.layer;
    return { ...view, ...place, follow: false, ranges: isOther ? {} : view.ranges };
  }

  const jump: ViewHistory['jump'] = (change) => (view) => {
    const next = change(view);
    note(view, next);
    return next;
  };
  return {
    jump,
    navigate: (data, navigation) => {
      if (navigation.to === 'back' || navigation.to === 'forward') return (view) => go(view, navigation.to);
      const change = (view: ViewState) => navigated(data, view, navigation);
      return isStepwise(navigation) ? change : jump(change);
    },
  };
}

function isStepwise({ to }: Navigation): boolean {
  return to === 'nextStep' || to === 'previousStep' || to === 'followLatest';
}

function placeOf({ layer, variant, step, channel }: Place): Place {
  return { layer, variant, step, channel };
}

function isSame(a: Place, b: Place): boolean {
  return a.layer === b.layer && a.variant === b.variant && a.step === b.step;
}
