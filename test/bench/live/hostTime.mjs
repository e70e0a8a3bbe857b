/** Processor time of the extension host, with the kernel and its compute workers, which are threads of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** A workbench that has just opened works for some seconds, which would count as the extension's. */
const IDLE_MS = 1000;
/** Milliseconds of processor time in that time, at most: a cursor blinks, and a connection is kept alive. */
const IDLE_TIME = 50;
const PATIENCE_MS = 60_000;

/** Marks the processes that this one starts from now on, so that {@link hostTime} finds the extension host among them. */
export function markProcesses() {
  process.env['NORMSCOPE_BENCH'] = String(process.pid);
}

/** Of the extension host that this process started, in milliseconds; NaN if there is none, or not on Linux. */
export function hostTime() {
  const [time = Number.NaN] = timesOf((command) => command.includes('--type=extensionHost'));
  return time;
}

/** Waits until server, extension host, and browser have nothing to do, for a minute at most. */
export async function whenIdle() {
  const deadline = Date.now() + PATIENCE_MS;
  const all = () => timesOf(() => true).reduce((sum, time) => sum + time, 0);
  for (let before = all(); Date.now() < deadline; ) {
    await setTimeout(IDLE_MS);
    const now = all();
    if (now - before <= IDLE_TIME) return;
    before = now;
  }
}

/**
 * Milliseconds of processor time of each marked process whose command line is wanted.
 *
 * @param {(command: string) => boolean} isWanted
 * @returns {number[]}
 */
function timesOf(isWanted) {
  return processes().flatMap((pid) => {
    try {
      if (!isWanted(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))) return [];
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`NORMSCOPE_BENCH=${process.pid}`)) return [];
      return [readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + threadTime(pid, thread), 0)];
    } catch {
      // A process that has ended meanwhile.
      return [];
    }
  });
}

function processes() {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** @param {string} pid @param {string} thread @returns {number} milliseconds */
function threadTime(pid, thread) {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    // A thread that has ended meanwhile.
    return 0;
  }
}
