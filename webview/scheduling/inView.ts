/** The state of a target: whether it is in view, and its drawing that waits until it is. */
interface Seen {
  isInView: boolean;
  waiting: (() => void) | undefined;
}

/** Delays drawings of what is out of view, which would be repeated again and again while a run grows. */
export interface InView<Target extends object> {
  /** Sets whether the target is in view. Before the first call, it is not. */
  set(target: Target, isInView: boolean): void;
  /** Draws soon, or once the target comes into view. Call the result to cancel. */
  draw(target: Target, draw: () => void): () => void;
}

/** `soon` draws what is in view soon; its result cancels. */
export function inView<Target extends object>(soon: (draw: () => void) => () => void): InView<Target> {
  const seen = new WeakMap<Target, Seen>();
  const stateOf = (target: Target): Seen => {
    const state = seen.get(target) ?? { isInView: false, waiting: undefined };
    seen.set(target, state);
    return state;
  };
  return {
    set: (target, isInView) => {
      const state = stateOf(target);
      state.isInView = isInView;
      if (!isInView) return;
      const { waiting } = state;
      state.waiting = undefined;
      waiting?.();
    },
    draw: (target, draw) => {
      const state = stateOf(target);
      if (state.isInView) return soon(draw);
      let cancel = () => {
        if (state.waiting === waiting) state.waiting = undefined;
      };
      const waiting = () => {
        cancel = soon(draw);
      };
      state.waiting = waiting;
      return () => cancel();
    },
  };
}
