import { pathToFileURL } from 'node:url';
import type { FileSystem } from '../../src/io/fileSystem';
import { relativePath } from '../../src/io/uri';
import { analyseRun } from '../../src/kernel/run/analyseRun';
import { kernelContext } from '../../src/kernel/run/sketchStore';
import { DEFAULT_OPTIONS } from '../../src/model/analysis';
import type { RecordEntry } from '../../src/model/catalog';
import type { Problem } from '../../src/model/problem';
import { openRun } from '../../src/run/openRun';
import { largestAllocation, TYPED_ARRAYS } from '../contract/allocations';

/** What became of a run folder. Tensors are named `path` or `path#key`, paths from the run's folder. */
export interface Found {
  readonly problems: Readonly<Record<string, string>>;
  /** Problems that break a rule: untagged, an unknown file, no sentence. */
  readonly untold: readonly string[];
  readonly usable: readonly string[];
  readonly unrecognized: readonly string[];
  /** Mean of each computed tensor. */
  readonly means: Readonly<Record<string, number>>;
  /** URIs outside the run's folder that were requested. */
  readonly outside: readonly string[];
}

export interface Outcome extends Found {
  readonly largestBytes: number;
  readonly seconds: number;
  /** Most memory of the process so far, in bytes. */
  readonly peakBytes: number;
}

const MAX_COMPUTED = 50;

/** Opens the run in `folder`, computes every record as the kernel does, and measures time and memory. */
export async function examine(folder: string, fileSystem: FileSystem): Promise<Outcome> {
  const started = { wall: performance.now(), cpu: process.cpuUsage() };
  let found: Found | undefined;
  const largestBytes = await largestAllocation(async () => {
    found = await examineRun(pathToFileURL(folder).href, fileSystem);
  }, TYPED_ARRAYS);
  if (found === undefined) throw new Error('Nothing was examined.');
  const cpu = process.cpuUsage(started.cpu);
  return {
    ...found,
    largestBytes,
    // On a busy machine, a process waits without hanging.
    seconds: Math.min((cpu.user + cpu.system) / 1e6, (performance.now() - started.wall) / 1e3),
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** The same of any run, unmeasured. */
export async function examineRun(root: string, fileSystem: FileSystem): Promise<Found> {
  const problems: Record<string, string> = {};
  const untold: string[] = [];
  const means: Record<string, number> = {};
  const usable: string[] = [];
  const unrecognized: string[] = [];
  const asked = new Set<string>();
  const nameOf = (path: string, tensor?: string) =>
    relativePath(root, path) + (tensor === undefined || tensor === '' ? '' : `#${tensor}`);
  const note = (problem: Problem) => {
    problems[nameOf(problem.path, problem.tensor)] = problem.code;
    const isInside = problem.path === root || problem.path.startsWith(`${root}/`);
    if (
      problem.code === 'internal' ||
      !isInside ||
      !/.\.$/su.test(problem.message) ||
      problem.message.length > 3000
    )
      untold.push(JSON.stringify({ ...problem, message: problem.message.slice(0, 500) }));
  };
  const watched: FileSystem = {
    ...fileSystem,
    stat: (uri) => fileSystem.stat(seen(uri)),
    list: (uri) => fileSystem.list(seen(uri)),
    open: (uri) => fileSystem.open(seen(uri)),
  };
  function seen(uri: string): string {
    asked.add(uri);
    return uri;
  }
  const catalog = await openRun(watched, [root]);
  for (const problem of catalog.problems) note(problem);
  for (const { path, tensor } of catalog.unrecognized) unrecognized.push(nameOf(path, tensor));
  // If there are thousands of records, lists all and computes some.
  const isComputed = ({ id, file }: RecordEntry) => id < MAX_COMPUTED || file.endsWith('good.npy');
  const rest = catalog.records.filter((record) => !isComputed(record));
  for (const { file, tensor } of rest) usable.push(nameOf(file, tensor));
  await analyseRun(
    kernelContext(watched, { memoryBudget: 64 * 2 ** 20 }),
    {
      run: root,
      catalog,
      options: DEFAULT_OPTIONS,
      focus: [],
      statistics: false,
      known: new Set(rest.map(({ id }) => id)),
    },
    new AbortController().signal,
    (progress) => {
      if (progress.kind === 'problem') note(progress.problem);
      if (progress.kind !== 'summary') return;
      const { file, tensor } = catalog.records[progress.summary.record];
      const { none } = progress.summary.methods;
      usable.push(nameOf(file, tensor));
      means[nameOf(file, tensor)] = 'reason' in none ? Number.NaN : none.mean;
    },
  );
  return {
    problems,
    untold,
    usable: usable.sort(),
    unrecognized: unrecognized.sort(),
    means,
    outside: [...asked].filter((uri) => uri !== root && !uri.startsWith(`${root}/`)),
  };
}
