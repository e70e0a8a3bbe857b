type Constructor = { new (...parameters: never[]): unknown; readonly BYTES_PER_ELEMENT?: number };

/** Names of the constructors by which memory for numbers is taken. */
export const TYPED_ARRAYS = [
  'ArrayBuffer',
  'Uint8Array',
  'Uint16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
] as const;

/**
 * The most bytes that were asked for at once, by `new Uint8Array(length)` (and what else is named), while `work` ran.
 * It sees what Normscope's own sources and readers take (they take memory in no other way), not what libraries take
 * inside.
 */
export async function largestAllocation(
  work: () => Promise<unknown>,
  names: readonly (typeof TYPED_ARRAYS)[number][] = ['Uint8Array'],
): Promise<number> {
  let largest = 0;
  const scope = globalThis as unknown as Record<string, Constructor>;
  const natives = names.map((name) => [name, scope[name]] as const);
  for (const [name, native] of natives) {
    scope[name] = new Proxy(native, {
      construct: (target, parameters: unknown[], newTarget) => {
        if (typeof parameters[0] === 'number')
          largest = Math.max(largest, parameters[0] * (native.BYTES_PER_ELEMENT ?? 1));
        return Reflect.construct(target, parameters, newTarget) as object;
      },
    });
  }
  try {
    await work();
  } finally {
    for (const [name, native] of natives) scope[name] = native;
  }
  return largest;
}
