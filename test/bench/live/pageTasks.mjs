/** How long the panel's page is busy at a stretch, from Chromium's trace: in processor time, which others that use the machine do not add to. */

const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline'];

/**
 * @typedef {{ name: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number, args?: { data?: { url?: string } } }} TraceEvent
 */

/** @param {import('playwright-core').Browser} browser @param {import('playwright-core').Page} page */
export async function startTrace(browser, page) {
  await browser.startTracing(page, { categories: CATEGORIES });
}

/**
 * Of each task in which the panel's script ran since then, milliseconds of processor time, the longest first. (The
 * workbench's own tasks, which in a browser run on the same thread, are left out.)
 *
 * @param {import('playwright-core').Browser} browser
 * @returns {Promise<number[]>}
 */
export async function stopTrace(browser) {
  /** @type {{ traceEvents: TraceEvent[] }} */
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const ofThread = ({ pid, tid }) => `${pid}/${tid}`;
  /** @type {Map<string, number[]>} */
  const calls = new Map();
  for (const event of traceEvents) {
    if (event.name !== 'FunctionCall' || event.args?.data?.url?.endsWith('/webview.js') !== true) continue;
    const started = calls.get(ofThread(event)) ?? [];
    calls.set(ofThread(event), started);
    started.push(event.ts);
  }
  for (const started of calls.values()) started.sort((a, b) => a - b);
  return traceEvents
    .filter(({ name, ts, dur = 0, ...thread }) => {
      if (name !== 'RunTask') return false;
      const started = calls.get(ofThread(thread)) ?? [];
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
}
