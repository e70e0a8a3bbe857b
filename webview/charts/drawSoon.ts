/** Milliseconds of a frame that drawing may take; what is left is drawn in the next. */
const BUDGET = 8;

const waiting = new Set<() => void>();
let isScheduled = false;

/**
 * Draws in one of the next frames: as many as fit a frame are drawn in it, so that a dozen charts never hold the page
 * up together. The result takes it back.
 */
export function drawSoon(draw: () => void): () => void {
  waiting.add(draw);
  if (!isScheduled) {
    isScheduled = true;
    requestAnimationFrame(drawSome);
  }
  return () => void waiting.delete(draw);
}

function drawSome(): void {
  const started = performance.now();
  for (const draw of waiting) {
    waiting.delete(draw);
    draw();
    if (performance.now() - started > BUDGET) break;
  }
  isScheduled = waiting.size > 0;
  if (isScheduled) requestAnimationFrame(drawSome);
}
