const waiting = new Set<() => void>();
let isScheduled = false;
/** A message to oneself is a task that runs sooner than any timer. */
const { port1: sender, port2: receiver } = new MessageChannel();
receiver.onmessage = drawNext;

/**
 * Draws in a task of its own after the next frame, so that a dozen charts never block the page together, and none is
 * drawn in the task that lays out and paints a frame. A page that is not shown has no frames and draws nothing. Call the
 * result to cancel.
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
  sender.postMessage(undefined);
}

function drawNext(): void {
  const [draw] = waiting;
  waiting.delete(draw);
  isScheduled = waiting.size > 0;
  if (isScheduled) scheduleNext();
  draw?.();
}
