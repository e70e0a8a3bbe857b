import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../../src/io/localFiles';
import { DEFAULT_OPTIONS } from '../../../src/model/analysis';
import { ArgumentError, parseArguments } from '../../../src/report/arguments';
import { type CoordinateReport, coordinateReport } from '../../../src/report/coordinateReport';
import { coordinateText } from '../../../src/report/coordinateText';

/** The committed files, or those that test/libraries/run.mjs had the current libraries write. */
const FOLDER = resolve(process.env['NORMSCOPE_LIBRARIES'] ?? 'test/fixtures/libraries');

interface Slopes {
  /** Over the widths of all seeds together, and of each seed. */
  readonly all: number;
  readonly seeds: readonly number[];
}
interface Experiment {
  readonly rows: readonly {
    readonly seed: number;
    readonly width: number;
    readonly module: string;
    readonly t: number;
    /** Mean |h_t − h_1|, by PyTorch. */
    readonly change: number;
    /** Mean |h_t|, by mup. */
    readonly l1: number;
  }[];
  /** By layer and step. */
  readonly slopes: Readonly<Record<'size' | 'change', Readonly<Record<string, Slopes>>>>;
}
const {
  versions,
  experiments,
}: { versions: Record<string, string>; experiments: Record<string, Experiment> } = JSON.parse(
  readFileSync(resolve(FOLDER, 'mup.json'), 'utf8'),
);

const reportOf = (runs: readonly string[]) =>
  coordinateReport(
    localFiles(),
    runs.map((run) => [pathToFileURL(run).href]),
    DEFAULT_OPTIONS,
  );
const runsOf = (name: string) => {
  const folder = resolve(FOLDER, 'coordinates', name);
  return readdirSync(folder).map((run) => resolve(folder, run));
};
function assertClose(found: number, wanted: number, bound: number, what: string): void {
  assert.ok(Math.abs(found - wanted) <= bound, `${what}: ${found} for ${wanted}`);
}

const named = Object.entries(versions).map((pair) => pair.join(' '));
describe(`report: the coordinate check of ${named.join(', ')}`, () => {
  for (const [name, { rows, slopes }] of Object.entries(experiments)) {
    describe(name, () => {
      let report: CoordinateReport;
      before(async () => {
        report = await reportOf(runsOf(name));
      });

      it('has the sizes that mup has of the same training, and PyTorch’s changes', () => {
        const found = new Map<string, { readonly l1: number; readonly change: number }>(
          report.layers.flatMap(({ layer, steps, runs }) =>
            steps.flatMap(({ step }, i) =>
              runs.map(({ run, width, size, change }) => {
                const seed = report.runs[run].knobs?.['seed'];
                return [
                  `${layer} ${step} ${width} ${String(seed)}`,
                  { l1: size[i], change: change[i] },
                ] as const;
              }),
            ),
          ),
        );
        assert.equal(found.size, rows.length);
        for (const { module, t, width, seed, l1, change } of rows) {
          const key = `${module} ${t} ${width} ${seed}`;
          const ours = found.get(key);
          assert.ok(ours !== undefined, key);
          assertClose(ours.l1, l1, 1e-6 * l1, `${key}: size`);
          assertClose(ours.change, change, 1e-6 * change, `${key}: change`);
        }
      });

      it('has their slopes over width, within what the seeds spread', () => {
        let compared = 0;
        for (const { layer, steps } of report.layers) {
          for (const { step, ...ours } of steps) {
            for (const of of ['size', 'change'] as const) {
              const expected = slopes[of][`${layer} ${step}`];
              const slope = ours[of];
              assert.equal(slope === undefined, expected === undefined, `${layer} ${step} ${of}`);
              if (slope === undefined || expected === undefined) continue;
              assertClose(slope.slope, expected.all, 1e-5, `${layer} ${step} ${of}`);
              assert.ok(slope.slope >= Math.min(...expected.seeds) - 1e-6);
              assert.ok(slope.slope <= Math.max(...expected.seeds) + 1e-6);
              compared++;
            }
          }
        }
        assert.equal(compared, Object.keys({ ...slopes.size }).length + Object.keys(slopes.change).length);
      });

      it('says which network scales', () => {
        const trends = (layers: readonly string[], of: 'size' | 'change') =>
          report.layers
            .filter(({ layer }) => layers.includes(layer))
            .flatMap(({ steps }) => steps.slice(1).map((step) => step[of]?.slope ?? Number.NaN));
        const changes = trends(['fc2', 'act2', 'readout'], 'change');
        // The committed networks are narrow and few; those of the libraries' tests are not.
        if (name === 'standard')
          assert.ok(
            changes.every((slope) => slope > 0.35),
            changes.join(', '),
          );
        else
          assert.ok(
            changes.every((slope) => Math.abs(slope) < 0.35),
            changes.join(', '),
          );
      });
    });
  }
});

describe('report: the coordinate check', () => {
  const [widest, ...others] = [...runsOf('mup')].sort();
  const all = [widest, ...others];

  it('reads widths from the folders, and knobs from both', async () => {
    const { runs, widthFrom, schema, problems } = await reportOf(all);
    assert.deepEqual([schema, widthFrom, problems], ['normscope-coordinates/1', 'knob', []]);
    for (const [i, { width, knobs, name }] of runs.entries()) {
      assert.equal(name, basename(all[i]));
      assert.equal(name, `width=${width}_seed${String(knobs?.['seed'])}`);
      assert.equal(knobs?.['method'], 'mup');
    }
  });

  it('needs runs of different widths', async () => {
    await assert.rejects(reportOf([widest]), ArgumentError);
    await assert.rejects(reportOf([widest, widest]), /do not differ in width/);
  });

  it('is written as JSON, as CSV with a line for each layer, step and run, and as Markdown', async () => {
    const report = await reportOf(all);
    assert.equal(JSON.parse(coordinateText(report, 'json')).layers.length, report.layers.length);
    const lines = coordinateText(report, 'csv').trimEnd().split('\r\n');
    const points = report.layers.reduce((sum, { steps, runs }) => sum + steps.length * runs.length, 0);
    assert.equal(lines.length, points + 1);
    assert.match(lines[0], /^layer,phase,rank,call,step,run,width,size,change,sizeSlope/);
    const markdown = coordinateText(report, 'md');
    for (const { layer } of report.layers) assert.ok(markdown.includes(`| ${layer} (train) |`));
    // A vertical line in a cell would end it.
    for (const row of markdown.split('\n').filter((line) => line.startsWith('|')))
      assert.equal(row.match(/(?<!\\)\|/g)?.length, 6, row);
  });

  it('is asked for on the command line', () => {
    const parsed = parseArguments(['a', 'b', '--coordinate-check', '--format', 'md']);
    assert.ok(parsed !== 'help' && parsed.coordinateCheck === true);
  });
});
