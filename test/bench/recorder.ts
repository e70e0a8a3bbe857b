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

export const GROUP: Group = {
  name: 'recorder',
  title: 'training steps with the recorder, in processor time over all threads (PyTorch on the CPU)',
  rows,
};

async function rows(): Promise<readonly Row[]> {
  const found = await measured();
  if (found === undefined) return [{ what: 'left out', figure: 'python3 here has no torch' }];
  return Object.entries(found).flatMap(([network, kinds]) =>
    Object.entries(kinds).flatMap(([kind, cost]): Row[] => [
      { what: `${network}, ${kind}: plain step`, figure: `${cost.plain_ms.toFixed(1)} ms` },
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
    ]),
  );
}

async function measured(): Promise<Readonly<Record<string, Readonly<Record<string, Cost>>>> | undefined> {
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      const { stdout } = await promisify(execFile)(python, ['test/bench/recorder.py']);
      return JSON.parse(stdout).networks;
    } catch {
      // The next one may have torch.
    }
  }
  return undefined;
}
