import { drawSoon } from './drawQueue';

/**
 * Resolves once everything that follows from a change of the store is drawn: the next frame shows the elements, their
 * effects ask for the charts after it, and the charts are drawn one by one. A page that is not shown has no frames, so
 * it resolves when the page is shown again.
 */
export function drawn(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => drawSoon(resolve)));
  });
}
