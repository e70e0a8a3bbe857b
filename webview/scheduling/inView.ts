/** What is known of something that is drawn: whether it is in view, and its drawing that waits until it is. */
interface Seen {
  isInView: boolean;
  waiting: (() => void) | undefined;
}

/** Lets drawings of what nobody sees wait: they would be made again and again while a run grows. */
export interface InView<Target extends object> {
  /** Whether the target is in view; of one that nothing was told of, nobody knows: it is not. */
  tell(target: Target, isInView: boolean): void;
  /** Draws soon, or once the target comes into view. The result takes it back. */
  draw(target: Target, draw: () => void): () => void;
}

/** `soon`: draws before long what is in view; its result takes it back. */
export function inView<Target extends object>(soon: (draw: () => void) => () => void): InView<Target> {
  const seen = new WeakMap<Target, Seen>();
  const stateOf = (target: Target): Seen => {
    const state = seen.get(target) ?? { isInView: false, waiting: undefined };
    seen.set(target, state);
    return state;
  };
  return {
    tell: (target, isInView) => {
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
      let takeBack = () => {
        if (state.waiting === waiting) state.waiting = undefined;
      };
      const waiting = () => {
        takeBack = soon(draw);
      };
      state.waiting = waiting;
      return () => takeBack();
    },
  };
}
