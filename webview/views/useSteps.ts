import { useEffect, useState } from 'preact/hooks';

/** Counts up to `all`, by `by` with each frame: what takes longer than a frame is drawn in parts. */
export function useSteps(all: number, by: number): number {
  const [reached, setReached] = useState(by);
  useEffect(() => {
    if (reached >= all) return undefined;
    const frame = requestAnimationFrame(() => setReached(reached + by));
    return () => cancelAnimationFrame(frame);
  }, [reached, all, by]);
  return Math.min(reached, all);
}
