/** Runs opened in a real VS Code, from the click in the Explorer's menu until everything is computed. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeRun } from './data';
import { type Group, median, type Row } from './measure';
import { RECORDED, recordedRun } from './recorded/runs';
import { inTemporaryFolder } from './temporary';

/** What test/bench/live/opening.mjs prints of a run, in milliseconds. */
interface Opened {
  readonly firstChart: number;
  readonly complete: number;
  readonly cpu: number;
  readonly groups: number;
  readonly groupsCpu: number;
}

const ROUNDS = 3;
const SMALL_FILES = { steps: 200, layers: 20, shape: [64, 16] };

export const GROUP: Group = {
  name: 'vscode',
  title: 'Runs opened in a real VS Code, from the click to the last record; then another number of groups',
  rows: () =>
    inTemporaryFolder(async (temporary) => {
      await promisify(execFile)('npm', ['run', '--silent', 'build']);
      const small = join(temporary, 'small-files');
      await writeRun(small, SMALL_FILES);
      const [resnet, gpt] = [await recordedRun('resnet'), await recordedRun('gpt')];
      const runs = [
        ...(resnet === undefined ? [] : [[RECORDED.resnet, resnet] as const]),
        ...(gpt === undefined ? [] : [[RECORDED.gpt, gpt] as const]),
        ['4,000 small files', small] as const,
      ];
      const rounds: (readonly Opened[])[] = [];
      for (let round = 0; round < ROUNDS; round++)
        rounds.push(await openAll(runs.map(([, folder]) => folder)));
      return runs.flatMap(([what], i) =>
        rowsOf(
          what,
          rounds.map((opened) => opened[i]),
        ),
      );
    }),
};

async function openAll(folders: readonly string[]): Promise<readonly Opened[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['test/bench/live/opening.mjs', ...folders]);
  return JSON.parse(stdout);
}

function rowsOf(what: string, rounds: readonly Opened[]): readonly Row[] {
  const seconds = (key: keyof Opened) => `${(median(rounds.map((each) => each[key])) / 1000).toFixed(2)} s`;
  return [
    { what: `${what}: first chart`, figure: seconds('firstChart'), note: 'wanted: 0.5 s' },
    { what: '  complete', figure: seconds('complete'), rate: `${seconds('cpu')} of processor time` },
    {
      what: '  G changed, complete',
      figure: seconds('groups'),
      rate: `${seconds('groupsCpu')} of processor time`,
    },
  ];
}
