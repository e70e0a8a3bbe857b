/**
 * Plays the extension host in a process of its own: the real link, kernel and session, and a panel that takes every
 * snapshot and update as text, as a webview does. `host.mjs FOLDER CACHE`: opens the run, computes it, and tells its
 * parent what that took.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { kernelLink } from '../../src/host/kernel/kernelLink';
import { PanelUpdates } from '../../src/host/panel/panelUpdates';
import { Session } from '../../src/host/session/session';
import { trackFindings } from '../../src/host/session/sessionFindings';
import { DEFAULT_OPTIONS } from '../../src/model/analysis';
import type { PanelSnapshot, PanelUpdate } from '../../src/protocol/panelApi';
import { Uri } from '../contract/vscodeStub';
import { setRelaxedSimd } from '../relaxedSimd';
import { peakMemory } from './peakMemory';
import { watchStretches } from './stretch';

setRelaxedSimd(true);

/** What the opening of a run took; times in milliseconds from the start of the kernel. */
export interface Opening {
  readonly listed: number;
  /** Until the panel has statistics to draw: of a whole record, or an estimate that says so. */
  readonly firstStatistics: number;
  /** Until it has a whole record's, with its shift. */
  readonly firstChart: number;
  readonly complete: number;
  /** Of all threads, in milliseconds. */
  readonly cpu: number;
  readonly problems: number;
  /** Bytes: the whole process with kernel and compute workers. */
  readonly peak: number;
  /** Longest that the host's thread was busy at a stretch, in milliseconds of its processor time. */
  readonly busy: number;
  /** Longest that a timer of this process was late, and the 99th percentile, in milliseconds. */
  readonly blocked: number;
  readonly blocked99: number;
}

const [folder, cache] = process.argv.slice(2);
const MEGABYTE = 2 ** 20;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const stretches = watchStretches();
const started = performance.now();
const since = () => performance.now() - started;

const kernel = kernelLink(
  Uri.file(`${process.cwd()}/out/test/bench`) as never,
  () => ({
    memoryBudget: 256 * MEGABYTE,
    workers: 0,
    cache: { folder: pathToFileURL(cache).href, limit: 256 * MEGABYTE },
  }),
  (reason) => console.error(reason),
);
const session = new Session([pathToFileURL(folder).href], 'bench', {
  kernel,
  options: DEFAULT_OPTIONS,
  remember: () => {},
  report: () => {},
  openOther: () => {
    throw new Error('The run is not compared with another.');
  },
  othersChanged: () => {},
});
const FOCUS = { layer: 0, variant: 0 };
let firstChart: number | undefined;
let firstStatistics: number | undefined;
let posted = 0;
/** VS Code writes a webview's messages as text, but for typed arrays, which go beside it. */
const withoutBytes = (_key: string, value: unknown) => (ArrayBuffer.isView(value) ? {} : value);
/** The panel's side: it takes in at once what it receives. */
const hear = async (message: PanelSnapshot | PanelUpdate) => {
  posted += JSON.stringify(message, withoutBytes).length;
  const reported = 'summaries' in message ? message.summaries : (message.layer?.summaries ?? []);
  if (reported.length > 0) firstStatistics ??= since();
  if (message.shiftMap.record.length > 0) firstChart ??= since();
};
const news = new PanelUpdates(session, trackFindings(session), {
  catalog: hear,
  options: async () => {},
  update: hear,
  failed: (error) => {
    throw error;
  },
});
news.begin(FOCUS);
session.onChange((change) => news.changed(change));
await session.open();
const listed = since();
await session.whenIdle();
const complete = since();
const opening: Opening = {
  listed,
  firstStatistics: firstStatistics ?? Number.NaN,
  firstChart: firstChart ?? Number.NaN,
  complete,
  cpu: (process.cpuUsage().user + process.cpuUsage().system) / 1000,
  problems: session.problems.length,
  peak: peakMemory(),
  busy: stretches.longest(),
  blocked: delay.max / 1e6,
  blocked99: delay.percentile(99) / 1e6,
};
if (session.results.shifts.size !== session.catalog?.records.length || posted === 0)
  console.error('Not every record has a shift.', session.problems);
// What was computed is on its way to the disk; the next opening wants to find it there.
await new Promise((resolve) => setTimeout(resolve, 500));
process.send?.(opening);
process.exit();
