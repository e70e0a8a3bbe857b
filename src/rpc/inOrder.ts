/** Does one thing after another: the next at once if nothing is under way. The result is that of the work. */
export type InOrder = <T>(work: () => T | Promise<T>) => Promise<T>;

/** Messages take effect in the order in which they come, also if some of them take longer to unpack. */
export function inOrder(): InOrder {
  let last: Promise<unknown> | undefined;
  return (work) => {
    const run = async () => work();
    const done = last === undefined ? run() : last.then(run, run);
    const clear = () => {
      if (last === done) last = undefined;
    };
    last = done;
    done.then(clear, clear);
    return done;
  };
}
