import { useEffect, useState } from 'preact/hooks';
import { paced } from './paced';

/** Milliseconds that anything waits for news at the most: in a run that is as long, they move it by a pixel or less. */
const MAX_PAUSE = 1500;

/**
 * What is made of a run that grows, at most once in `pause` milliseconds where nothing but `news` is new: what a new
 * step moves by less than a pixel need not be drawn for each. What comes last is drawn without another cause.
 */
export function usePaced<T>(
  make: () => T,
  urgent: readonly unknown[],
  news: readonly unknown[],
  pause: number,
): T {
  const [of] = useState(() => paced<T>(() => performance.now()));
  const [, drawAgain] = useState(0);
  const { value, wait } = of.get(make, urgent, news, Math.min(MAX_PAUSE, pause));
  useEffect(() => {
    if (wait === undefined) return undefined;
    const timer = setTimeout(() => drawAgain((times) => times + 1), wait);
    return () => clearTimeout(timer);
  });
  return value;
}
