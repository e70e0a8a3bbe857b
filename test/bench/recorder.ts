import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Group, Row } from './measure';

/** What test/bench/recorder.py says of one network recorded in one way; ratios are to a plain training step. */
interface Cost {
  readonly plain_ms: number;
  readonly idle_percent: number;
  readonly idle_ratio: number;
  readonly recording_ratio: number;
  readonly written_ratio: number;
  readonly step_kib: number;
}

/** The first recorded step, in which layers are described and looked up in their sources, beside later ones. */
interface FirstStep {
  readonly first_ms: number;
  readonly later_ms: number;
}

interface Measured {
  readonly networks: Readonly<Record<string, Readonly<Record<string, Cost>>>>;
  readonly first_step: Readonly<Record<string, FirstStep>>;
}

/**
 * How the C library gets memory. As it is, it may give freed memory back to the system at once; a training step then
 * pays a fault for each page that it takes again, beside which copies cost little. Where it keeps everything, training
 * costs the least, and the recorder in proportion the most.
 */
const ALLOCATORS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'malloc as it is': {},
  'malloc that keeps memory': { MALLOC_MMAP_MAX_: '0', MALLOC_TRIM_THRESHOLD_: String(2 ** 33) },
};

export const GROUP: Group = {
  name: 'recorder',
  title: 'training steps with the recorder, in processor time over all threads (PyTorch on the CPU)',
  rows,
};

async function rows(): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (const [allocator, environment] of Object.entries(ALLOCATORS)) {
    const costs = await measured(environment);
    if (costs === undefined) return [{ what: 'skipped', figure: 'python3 here has no torch' }];
    for (const [network, kinds] of Object.entries(costs.networks)) {
      for (const [kind, cost] of Object.entries(kinds))
        found.push(...rowsOf(`${network}, ${kind}`, allocator, cost));
    }
    for (const [network, { first_ms, later_ms }] of Object.entries(costs.first_step)) {
      found.push({
        what: `${network}: the first recorded step`,
        figure: `${first_ms.toFixed(0)} ms`,
        ratio: (first_ms / later_ms).toFixed(2),
        note: `${allocator}; ratio: to a later recorded step`,
      });
    }
  }
  return found;
}

function rowsOf(what: string, allocator: string, cost: Cost): readonly Row[] {
  return [
    { what: `${what}: plain step`, figure: `${cost.plain_ms.toFixed(1)} ms`, note: allocator },
    {
      what: '  a step that does not record',
      figure: `+${cost.idle_percent.toFixed(4)} %`,
      ratio: cost.idle_ratio.toFixed(2),
      note: 'figure: the call alone; ratio: the whole step, measured in turn',
    },
    {
      what: '  a step that records',
      figure: `${(cost.recording_ratio * cost.plain_ms).toFixed(1)} ms`,
      ratio: cost.recording_ratio.toFixed(2),
    },
    {
      what: '  … until its file is written',
      figure: `${(cost.written_ratio * cost.plain_ms).toFixed(1)} ms`,
      ratio: cost.written_ratio.toFixed(2),
      note: `${cost.step_kib.toFixed(0)} KiB`,
    },
  ];
}

async function measured(environment: Readonly<Record<string, string>>): Promise<Measured | undefined> {
  const env = { ...process.env, ...environment };
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      const { stdout } = await promisify(execFile)(python, ['test/bench/recorder.py'], { env });
      return JSON.parse(stdout);
    } catch {
      // The next one may have torch.
    }
  }
  return undefined;
}
