/**
 * The most bytes that were asked for at once, by `new Uint8Array(length)`, while `work` ran. It sees what Normscope's
 * own sources and readers take (they take memory in no other way), not what libraries take inside.
 */
export async function largestAllocation(work: () => Promise<unknown>): Promise<number> {
  const native = globalThis.Uint8Array;
  let largest = 0;
  globalThis.Uint8Array = new Proxy(native, {
    construct: (target, parameters, newTarget) => {
      if (typeof parameters[0] === 'number') largest = Math.max(largest, parameters[0]);
      return Reflect.construct(target, parameters, newTarget);
    },
  });
  try {
    await work();
  } finally {
    globalThis.Uint8Array = native;
  }
  return largest;
}
