import type { ChannelHealth, RankParameters, RunningGap } from '../../model/analysis';
import type { LayerEntry, ParameterRole, RecordEntry } from '../../model/catalog';
import { hasRunningStatistics } from '../../model/layerParameters';
import { type ParametersOfRank, rankParameters } from '../figures/rankParameters';
import { runningGap } from '../figures/runningGap';
import type { LayerParameterKeys, RecordOptions } from '../methods/recordOptions';
import type { RecordSketch } from '../record/recordSketch';
import type { RecordWork } from '../workers/recordWork';

/** The reader of parameters, and the record's options. */
interface Reading {
  readonly work: Pick<RecordWork, 'parameters'>;
  readonly recordOptions: RecordOptions;
}

/** Measures the gap to the running statistics in the record's own file. */
export async function gapOf(
  reading: Reading,
  layer: LayerEntry,
  record: RecordEntry,
  sketch: RecordSketch,
): Promise<RunningGap | undefined> {
  if (!hasRunningStatistics(layer) || record.summarized === true) return undefined;
  const { running_mean, running_var } = layer.parameters ?? {};
  const keys = { runningMean: running_mean, runningVariance: running_var };
  const { mean, variance } = await read(reading, record, keys);
  return mean && variance && runningGap(sketch, mean, variance);
}

/**
 * Marks the dead channels of a normalization layer's output that its own scale causes. Reads the scale only if there
 * are dead channels.
 */
export async function withZeroScale(
  reading: Reading,
  layer: LayerEntry,
  record: RecordEntry,
  health: ChannelHealth | undefined,
): Promise<ChannelHealth | undefined> {
  const weight = layer.parameters?.weight;
  if (health === undefined || weight === undefined || layer.input === undefined) return health;
  const dead = [...health.zero, ...health.constant];
  if (dead.length === 0 || record.summarized === true) return health;
  const { gamma } = await read(reading, record, { gamma: weight });
  const zeroScale = gamma === undefined ? [] : dead.filter((channel) => gamma[channel] === 0);
  return zeroScale.length === 0 ? health : { ...health, zeroScale };
}

/**
 * Compares the parameters of a normalization layer over ranks. While a layer trains, its running statistics include
 * each rank's own batch, unless they are synchronized.
 */
export async function rankParametersOf(
  reading: Reading,
  layer: LayerEntry,
  ranks: readonly (readonly [rank: number, record: RecordEntry])[],
): Promise<RankParameters | undefined> {
  const { weight, bias, running_mean, running_var } = layer.parameters ?? {};
  if (layer.input === undefined || ranks.length < 2) return undefined;
  const isShared =
    layer.module?.includes('SyncBatchNorm') === true || ranks.every(([, { training }]) => training === false);
  const keys: LayerParameterKeys = {
    gamma: weight,
    beta: bias,
    ...(isShared && { runningMean: running_mean, runningVariance: running_var }),
  };
  const found: (readonly [number, ParametersOfRank])[] = [];
  for (const [rank, record] of ranks) {
    if (record.summarized === true) return undefined;
    const { gamma, beta, mean, variance } = await read(reading, record, keys);
    found.push([rank, present({ weight: gamma, bias: beta, running_mean: mean, running_var: variance })]);
  }
  return rankParameters(found);
}

function present(all: Record<ParameterRole, ArrayLike<number> | undefined>): ParametersOfRank {
  return Object.fromEntries(Object.entries(all).filter(([, values]) => values !== undefined));
}

async function read({ work, recordOptions }: Reading, record: RecordEntry, keys: LayerParameterKeys) {
  const { layout, epsilon, groups, layerScope } = recordOptions;
  return (await work.parameters(record, { layout, epsilon, groups, layerScope, ...keys })).parameters;
}
