const waiting = new Set<() => void>();
let isScheduled = false;

/**
 * Draws in a task of its own, after the next frame: a dozen charts never hold the page up together, nor are they drawn
 * in the task that lays out and paints a frame. A page that is not shown has no frames and draws nothing. The result
 * takes it back.
 */
export function drawSoon(draw: () => void): () => void {
  waiting.add(draw);
  if (!isScheduled) {
    isScheduled = true;
    requestAnimationFrame(scheduleNext);
  }
  return () => void waiting.delete(draw);
}

function scheduleNext(): void {
  setTimeout(drawNext, 0);
}

function drawNext(): void {
  const [draw] = waiting;
  if (draw !== undefined) {
    waiting.delete(draw);
    draw();
  }
  isScheduled = waiting.size > 0;
  if (isScheduled) scheduleNext();
}
