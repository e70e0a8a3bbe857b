import { diagnosisInTurns } from '../../src/findings/diagnosis';
import type { FindingsInput } from '../../src/findings/input';
import { catalogOf, shiftOf, summaryOf } from '../unit/model/samples';
import { type Group, median, type Row } from './measure';
import { processorTime } from './stretch';

const LAYERS = 40;
const STEPS = 500;
const ROUNDS = 7;

/** Findings of a run of 20,000 records: how long the extension host's thread is busy before others get a turn. */
export const GROUP: Group = {
  name: 'findings',
  title: `Findings of ${(LAYERS * STEPS).toLocaleString('en')} records (${LAYERS} layers × ${STEPS} steps)`,
  rows: async () => {
    const slices: number[] = [];
    const totals: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const taken = await slicesOf(inputOf(round));
      slices.push(Math.max(...taken));
      totals.push(taken.reduce((sum, each) => sum + each, 0));
    }
    const longest: Row = {
      what: 'longest slice of the host’s loop',
      figure: `${median(slices).toFixed(1)} ms`,
      note: `at most ${Math.max(...slices).toFixed(1)} ms in ${ROUNDS} rounds; wanted: under 16 ms`,
    };
    return [longest, { what: 'all slices together', figure: `${median(totals).toFixed(0)} ms` }];
  },
};

/** Milliseconds of processor time of each slice, as the session that shows the findings takes them. */
async function slicesOf(input: FindingsInput): Promise<readonly number[]> {
  const slices: number[] = [];
  let started = processorTime();
  const turn = async () => {
    slices.push((processorTime() - started) / 1e6);
    await new Promise((resolve) => setTimeout(resolve, 0));
    started = processorTime();
  };
  JSON.stringify(await diagnosisInTurns(input, turn));
  await turn();
  return slices;
}

/** A run whose layers grow, die and shift, so that every detector has something to do. Its catalog is a new one. */
function inputOf(seed: number): FindingsInput {
  const names = Array.from({ length: LAYERS }, (_, layer) => `blocks.${layer}.act`);
  const steps = Array.from({ length: STEPS }, (_, step) => step * 10);
  const catalog = catalogOf(names, steps);
  const layers = catalog.layers.map((layer) => ({ ...layer, module: 'torch.nn.modules.activation.ReLU' }));
  const summaries = catalog.records.map(({ id, layer, step }) => {
    const summary = summaryOf(id);
    const size = 1 + (layer * step * (1 + seed)) / 1e4;
    return [
      id,
      {
        ...summary,
        methods: { ...summary.methods, none: { ...summary.methods.none, variance: size * size } },
        channelHealth: {
          channels: 64,
          zero: step > 100 * layer ? [1, 5, 9] : [],
          constant: [],
          collapsed: 0,
        },
        ...(step === 4990 && { nan: 1, finite: 31, firstNonFinite: { kind: 'nan', index: [0, 0] } as const }),
      },
    ] as const;
  });
  const shifts = catalog.records.map(
    ({ id, layer, step }) => [id, shiftOf(id, id - (id % STEPS), (layer * step) / 1e4, 0.01)] as const,
  );
  return {
    catalog: { ...catalog, layers },
    summaries: new Map(summaries),
    shifts: new Map(shifts),
    checks: new Map(),
    isComplete: true,
  };
}
