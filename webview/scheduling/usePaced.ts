import { useEffect, useState } from 'preact/hooks';
import { paced } from './paced';
import { PAUSES } from './pacing';

/**
 * A value made from a growing run, at most once in `pause` milliseconds if only `news` change: a new step that moves a
 * drawing by less than a pixel does not need to draw it again. The last change is drawn without another cause.
 */
export function usePaced<T>(
  make: () => T,
  urgent: readonly unknown[],
  news: readonly unknown[],
  pause: number,
): T {
  const [of] = useState(() => paced<T>(() => performance.now()));
  const [, drawAgain] = useState(0);
  const { value, wait } = of.get(make, urgent, news, Math.min(PAUSES.longest, pause));
  useEffect(() => {
    if (wait === undefined) return undefined;
    const timer = setTimeout(() => drawAgain((times) => times + 1), wait);
    return () => clearTimeout(timer);
  });
  return value;
}
