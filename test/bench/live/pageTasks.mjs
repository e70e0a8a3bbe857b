/** How long the panel's page is busy at a stretch, from Chromium's trace: in processor time, which others that use the machine do not add to. */

const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline'];

/**
 * @typedef {{ name: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number, args?: { data?: { url?: string } } }} TraceEvent
 */

/** @param {import('playwright-core').Browser} browser @param {import('playwright-core').Page} page */
export async function startTrace(browser, page) {
  await browser.startTracing(page, { categories: CATEGORIES });
}

/** @param {TraceEvent} event */
const ofThread = ({ pid, tid }) => `${pid}/${tid}`;

/**
 * Of each task in which the panel's script ran since then, milliseconds of processor time, the longest first; and
 * whether the workbench's script runs on the panel's thread. (The workbench's own tasks do not count.)
 *
 * @param {import('playwright-core').Browser} browser
 * @returns {Promise<{ busy: number[], isShared: boolean }>}
 */
export async function stopTrace(browser) {
  /** @type {{ traceEvents: TraceEvent[] }} */
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const calls = callsByThread(traceEvents, '/webview.js');
  const workbench = callsByThread(traceEvents, '/workbench.js');
  const busy = traceEvents
    .filter((event) => {
      if (event.name !== 'RunTask') return false;
      const { ts, dur = 0 } = event;
      const started = calls.get(ofThread(event)) ?? [];
      let low = 0;
      for (let high = started.length; low < high; ) {
        const middle = (low + high) >> 1;
        if (started[middle] < ts) low = middle + 1;
        else high = middle;
      }
      return started[low] !== undefined && started[low] < ts + dur;
    })
    .map(({ tdur = Number.NaN }) => tdur / 1000)
    .sort((a, b) => b - a);
  return { busy, isShared: [...calls.keys()].some((thread) => workbench.has(thread)) };
}

/**
 * When a script's functions were called, ascending, by thread.
 *
 * @param {readonly TraceEvent[]} events
 * @param {string} script end of its address
 */
function callsByThread(events, script) {
  /** @type {Map<string, number[]>} */
  const calls = new Map();
  for (const event of events) {
    if (event.name !== 'FunctionCall' || event.args?.data?.url?.endsWith(script) !== true) continue;
    const started = calls.get(ofThread(event)) ?? [];
    calls.set(ofThread(event), started);
    started.push(event.ts);
  }
  for (const started of calls.values()) started.sort((a, b) => a - b);
  return calls;
}
