/** A knob that is turned on a record of 51 MB, whose file is not there any more. */
import { rm } from 'node:fs/promises';
import { histogramPairs } from '../../src/kernel/figures/histogram';
import { kernelContext, openSketchStore } from '../../src/kernel/run/sketchStore';
import { type AnalysisOptions, DEFAULT_OPTIONS } from '../../src/model/analysis';
import { writeRun } from './data';
import { type Group, interleaved, milliseconds, type Row } from './measure';
import { analyse, catalogOf, files, startPool } from './pools';
import { inTemporaryFolder } from './temporary';

const RUN = { steps: 1, layers: 1, shape: [64, 256, 28, 28] };

export const GROUP: Group = {
  name: 'knobs',
  title:
    'A knob is turned on [64, 256, 28, 28] float32 (51 MB): until summary and shift are there; no file is read',
  rows: () =>
    inTemporaryFolder(async (folder) => {
      await writeRun(folder, RUN);
      const catalog = await catalogOf(folder);
      const pool = startPool(2);
      const place = kernelContext(files(), { memoryBudget: 2 ** 28, pool });
      const first = await milliseconds(() => analyse(place, catalog));
      await rm(folder, { recursive: true });
      // Each time another ε beside the knob: what was derived once is not derived again.
      let turns = 0;
      const turn = (options: () => Partial<AnalysisOptions>) => () =>
        milliseconds(() => analyse(place, catalog, { epsilon: 1e-5 + ++turns * 1e-9, ...options() }));
      const zoom = async () => {
        const signal = new AbortController().signal;
        const sketches = openSketchStore(
          place,
          { run: catalog.name, catalog, options: DEFAULT_OPTIONS },
          signal,
        );
        const sketch = await sketches.of(catalog.records[0]);
        histogramPairs(sketch, sketch, 200, { none: { min: -1, max: 1 } });
        await sketches.close();
      };
      const figures = await interleaved({
        'G 32 → 8': turn(() => ({ groups: 8 })),
        ε: turn(() => ({})),
        percentiles: () => milliseconds(() => analyse(place, catalog, { percentiles: [turns++ % 50, 99] })),
        'reference step': () =>
          milliseconds(() => analyse(place, catalog, { reference: turns++ % 2 ? 'previous' : 'first' })),
        zoom: () => milliseconds(zoom),
      });
      pool.dispose();
      return [
        { what: 'first, from the file', figure: `${first.toFixed(0)} ms` },
        ...[...figures].map(
          ([what, time]): Row => ({
            what,
            figure: `${time.toFixed(1)} ms`,
            ratio: `${(first / time).toFixed(1)} ×`,
            note: 'wanted: under 50 ms',
          }),
        ),
      ];
    }),
};
