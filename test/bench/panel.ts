/** The panel in use, in a real VS Code: tasks of its page over 50 ms, and tabs from the click to the frame. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeRun } from './data';
import { type Group, median, type Row } from './measure';
import { RECORDED, recordedRun } from './recorded/runs';
import { inTemporaryFolder } from './temporary';

/** What test/bench/live/using.mjs prints of a run, in milliseconds. */
interface Used {
  /** Tasks of the page over 50 ms by the clock, by what was done. */
  readonly tasks: Readonly<Record<string, readonly number[]>>;
  /** The same in processor time, which others that use the machine do not add to. */
  readonly busy: Readonly<Record<string, readonly number[]>>;
  readonly frames: number;
  readonly tabs: Readonly<Record<string, readonly [first: number, second: number]>>;
  /** Processor time of the page and of the extension host until the tab was shown the first time. */
  readonly work: Readonly<Record<string, readonly [page: number, host: number]>>;
  /** From the turn to the first figure of the layer in view, and to all of them. */
  readonly knobs: Readonly<Record<string, readonly [first: number, complete: number]>>;
}

const MANY = { steps: 2000, layers: 400 };
const WIDE = { steps: 10, layers: 2, shape: [8, 50_000] };

export const GROUP: Group = {
  name: 'panel',
  title:
    'The panel in use in a real VS Code: its longest task, and tabs from the click to the frame that shows them',
  rows: () =>
    inTemporaryFolder(async (temporary) => {
      await promisify(execFile)('npm', ['run', '--silent', 'build']);
      const [many, wide] = [join(temporary, 'many'), join(temporary, 'wide')];
      const { steps, layers } = MANY;
      const writer = ['test/bench/live/writeSteps.mjs', many, '0', String(steps), '0', String(layers)];
      await promisify(execFile)(process.execPath, writer);
      await writeRun(wide, WIDE);
      const [resnet, gpt] = [await recordedRun('resnet'), await recordedRun('gpt')];
      const runs = [
        ...(resnet === undefined ? [] : [[RECORDED.resnet, resnet] as const]),
        ...(gpt === undefined ? [] : [[RECORDED.gpt, gpt] as const]),
        [`${layers} layers × ${steps.toLocaleString('en')} steps`, many] as const,
        ['50,000 channels', wide] as const,
      ];
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['test/bench/live/using.mjs', ...runs.map(([, folder]) => folder)],
        { maxBuffer: 2 ** 26 },
      );
      const used: readonly Used[] = JSON.parse(stdout);
      return runs.flatMap(([what], i) => rowsOf(what, used[i]));
    }),
};

function rowsOf(what: string, { tasks, busy, frames, tabs, work, knobs }: Used): readonly Row[] {
  return [
    longestOf(`${what}: longest task of the page`, tasks),
    longestOf('  … in processor time', busy),
    { what: '  from one frame to the next while it is panned', figure: `${frames.toFixed(0)} ms` },
    ...Object.entries(tabs).map(([tab, [first, second]]) => ({
      what: `  ${tab}, from the click to the frame`,
      figure: `${first.toFixed(0)} ms`,
      rate: `again ${second.toFixed(0)} ms`,
      note: `of work: page ${work[tab][0]} ms, host ${work[tab][1]} ms; wanted: 100 ms`,
    })),
    {
      what: '  median of the tabs',
      figure: `${median(Object.values(tabs).map(([first]) => first)).toFixed(0)} ms`,
      rate: `again ${median(Object.values(tabs).map(([, second]) => second)).toFixed(0)} ms`,
    },
    ...Object.entries(knobs).map(([knob, [first, complete]]) => ({
      what: `  ${knob} changed: first figure of the layer in view`,
      figure: `${first.toFixed(0)} ms`,
      rate: `all ${complete.toFixed(0)} ms`,
      note: 'wanted: 150 ms, all 300 ms',
    })),
  ];
}

function longestOf(what: string, tasks: Used['tasks']): Row {
  const all = Object.entries(tasks).flatMap(([during, each]) => each.map((ms) => ({ ms, during })));
  const longest = all.reduce((a, b) => (b.ms > a.ms ? b : a), { ms: 0, during: '' });
  return {
    what,
    figure: longest.ms === 0 ? 'under 50 ms' : `${longest.ms} ms`,
    note: longest.ms === 0 ? 'wanted: 50 ms' : `${longest.during}; ${all.length} over 50 ms, wanted: none`,
  };
}
