import type { FindingsInput } from '../../../src/findings/input';
import type { MethodSummary, RecordSummary } from '../../../src/model/analysis';
import type { LayerEntry, RecordEntry, Variant } from '../../../src/model/catalog';
import { catalogOf, summaryOf } from '../model/samples';

/** A layer of a synthetic run. */
export interface MadeLayer extends Partial<Omit<LayerEntry, 'id' | 'steps' | 'training'>> {
  readonly name: string;
  /** Differences from a healthy record, for each step. */
  readonly at: readonly MadeRecord[];
  /** Whether its module is in training mode, for each step. */
  readonly training?: readonly boolean[];
}

/**
 * Changes to a summary. `rms` sets mean and variance of the raw values, `signal` the standard deviation within
 * channels.
 */
export interface MadeRecord extends Partial<RecordSummary> {
  readonly rms?: number;
  readonly signal?: number;
}

/** Summary of a healthy record with the given changes. */
function summaryFrom(record: number, { rms = 1, signal = rms, ...changed }: MadeRecord): RecordSummary {
  const healthy = summaryOf(record);
  const raw: MethodSummary = { ...(healthy.methods.none as MethodSummary), mean: 0, variance: rms * rms };
  return {
    ...healthy,
    count: 512,
    finite: 512,
    methods: { ...healthy.methods, none: raw },
    magnitude: {
      median: 0.7 * rms,
      greatest: 4 * rms,
      channels: 8,
      channel: 0,
      deviation: signal,
      kurtosis: 1,
    },
    ...changed,
  };
}

/**
 * Returns the input of a run with these layers, in their order, at steps 0, 10, 20, …. All layers have the same
 * number of records.
 */
export function runOf(
  layers: readonly MadeLayer[],
  {
    steps = layers[0].at.map((_, i) => 10 * i),
    variants = [{}],
  }: { readonly steps?: readonly number[]; readonly variants?: readonly Variant[] } = {},
): FindingsInput {
  const made = catalogOf(
    layers.map(({ name }) => name),
    steps,
    variants,
  );
  const ofRecord = ({ layer, step }: RecordEntry) => ({ ...layers[layer], index: steps.indexOf(step) });
  const records = made.records.map((record): RecordEntry => {
    const { shape = record.shape, dtype = record.dtype, training, index } = ofRecord(record);
    const isTraining = training?.[index];
    return { ...record, shape, dtype, ...(isTraining !== undefined && { training: isTraining }) };
  });
  return {
    catalog: {
      ...made,
      order: 'calls',
      layers: made.layers.map((layer, i) => {
        const { at: _, training: __, ...changed } = layers[i];
        return { ...layer, ...changed };
      }),
      records,
    },
    summaries: new Map(
      records.map((record) => {
        const { at, index } = ofRecord(record);
        return [record.id, summaryFrom(record.id, at[index])];
      }),
    ),
    shifts: new Map(),
    checks: new Map(),
    isComplete: true,
  };
}
