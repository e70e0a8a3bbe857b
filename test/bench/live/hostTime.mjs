/** Processor time of the extension host, with the kernel and its compute workers, which are threads of it. */
import { readdirSync, readFileSync } from 'node:fs';

/** Marks the processes that this one starts from now on, so that {@link hostTime} finds the extension host among them. */
export function markProcesses() {
  process.env['NORMSCOPE_BENCH'] = String(process.pid);
}

/** Of the extension host that this process started, in milliseconds; NaN if there is none, or not on Linux. */
export function hostTime() {
  for (const pid of processes()) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=extensionHost')) continue;
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`NORMSCOPE_BENCH=${process.pid}`)) continue;
      return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + threadTime(pid, thread), 0);
    } catch {
      // A process that has ended meanwhile.
    }
  }
  return Number.NaN;
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
