/** How long the panel's page is busy at a stretch, from Chromium's trace: in processor time, which others that use the machine do not add to. */

const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'blink.user_timing'];

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
 * Of each task in which the panel's script ran since then, milliseconds of processor time, the longest first; of all tasks
 * of the panel's thread, milliseconds of processor time from the mark `NAME begins` to the mark `NAME ends`, by name; and
 * whether the workbench's script runs on the panel's thread. (The workbench's own tasks do not count.)
 *
 * @param {import('playwright-core').Browser} browser
 * @returns {Promise<{ busy: number[], marked: Record<string, number>, isShared: boolean }>}
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
  const isShared = [...calls.keys()].some((thread) => workbench.has(thread));
  return { busy, marked: markedTimes(traceEvents), isShared };
}

const BEGINS = ' begins';

/** @param {readonly TraceEvent[]} events @returns {Record<string, number>} */
function markedTimes(events) {
  /** @type {Record<string, number>} */
  const times = {};
  for (const begin of events.filter((event) => event.name.endsWith(BEGINS))) {
    const name = begin.name.slice(0, -BEGINS.length);
    const end = events.find((event) => event.name === `${name} ends`);
    if (end === undefined) continue;
    const within = events.filter(
      (event) =>
        event.name === 'RunTask' &&
        ofThread(event) === ofThread(begin) &&
        event.ts + (event.dur ?? 0) > begin.ts &&
        event.ts < end.ts,
    );
    times[name] = within.reduce((sum, { tdur = 0 }) => sum + tdur / 1000, 0);
  }
  return times;
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
