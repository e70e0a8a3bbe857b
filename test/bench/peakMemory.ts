import { readFileSync } from 'node:fs';

/**
 * Bytes. Linux tells the process's own peak; what `resourceUsage` tells may be that of the process that started it.
 */
export function peakMemory(): number {
  try {
    const [, kilobytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
