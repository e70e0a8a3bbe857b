const waiting = new Set<() => void>();
let isScheduled = false;
/** A message to oneself is a task, sooner than any timer. */
const { port1: ticket, port2: turn } = new MessageChannel();
turn.onmessage = drawNext;

/**
 * Draws in a task of its own, after the next frame: a dozen charts never hold the page up together, nor are they drawn
 * in the task that lays out and paints a frame. A page that is not shown has no frames and draws nothing. The result
 * takes it back.
 */
export function drawSoon(draw: () => void): () => void {
  waiting.add(draw);
  if (!isScheduled) {
    isScheduled = true;
    requestAnimationFrame(takeTurn);
  }
  return () => void waiting.delete(draw);
}

function takeTurn(): void {
  ticket.postMessage(undefined);
}

function drawNext(): void {
  const [draw] = waiting;
  waiting.delete(draw);
  isScheduled = waiting.size > 0;
  if (isScheduled) takeTurn();
  draw?.();
}
