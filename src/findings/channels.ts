import { type ChannelHealth, isDefined, type RecordSummary } from '../model/analysis';
import type { LayerEntry, RecordEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { type Series, seriesOfLayer } from '../model/series';
import { isResolved } from '../model/storage';
import { type Detector, perLayer } from './detector';
import { type FindingsInput, figure, listed } from './input';

/** Channels that are dead at the end of the run, and layers whose variance has collapsed there. */
export const channelFindings: Detector = perLayer((input, layer) => {
  // All ranks together where there are several, else the first phase.
  const series = seriesOfLayer(input.catalog, layer.id)[0] ?? [];
  const known = series.flatMap((record) => {
    const summary = input.summaries.get(record.id);
    return summary === undefined ? [] : [{ record, summary }];
  });
  if (known.at(-1)?.record !== series.at(-1) || known.length === 0) return [];
  return [...deadChannels(layer, known, series), ...collapsedChannels(layer, known, input)];
});

interface Known {
  readonly record: RecordEntry;
  readonly summary: RecordSummary;
}

/**
 * Channels with one value in every sample at the last two steps (or the only one), and since when. What a layer reads
 * is left to the layer that made it.
 */
function deadChannels(layer: LayerEntry, known: readonly Known[], series: Series): Finding[] {
  if (layer.normalizedBy !== undefined && layer.fullName.endsWith('.input')) return [];
  // Rounding may make a channel constant; it makes none 0.
  const setOf = ({ summary }: Known) =>
    new Set([
      ...(summary.channelHealth?.zero ?? []),
      ...(isResolved(summary.storage) ? (summary.channelHealth?.constant ?? []) : []),
    ]);
  const last = known[known.length - 1];
  let dead = setOf(last);
  const { record, summary } = last;
  if (series.length > 1) {
    const before = known.length > 1 ? setOf(known[known.length - 2]) : new Set<number>();
    dead = new Set([...dead].filter((channel) => before.has(channel)));
  }
  if (dead.size === 0 || summary.channelHealth === undefined) return [];
  let since = known.length - 1;
  for (let alive = dead; since > 0; since--) {
    const before = setOf(known[since - 1]);
    alive = new Set([...alive].filter((channel) => before.has(channel)));
    if (alive.size === 0) break;
  }
  const { channels, zero } = summary.channelHealth;
  const zeros = zero.filter((channel) => dead.has(channel)).length;
  const what = zeros === dead.size ? 'Zero' : zeros === 0 ? 'Constant' : 'Zero or constant';
  const { step } = known[since].record;
  const which = [...dead].sort((a, b) => a - b);
  return [
    {
      kind: 'dead-channels',
      severity: 'warning',
      layer: layer.id,
      step,
      variant: record.variant,
      title: `${dead.size} of ${channels} channels of ${layer.name} are dead`,
      evidence: `${what} in every sample ${known.length === 1 ? `at step ${step}` : `up to the last step, the first since step ${step}`}: channel ${listed(which)}.`,
      advice:
        'A rectifier whose input stays below 0 passes no gradient, so its channel does not come back by itself: try a lower learning rate or warm-up, normalization in front of the activation, or a leaky one.',
    },
  ];
}

/** Of layers that a normalization layer reads: channels (batch norm) or whole units scaled by ε in place of their σ². */
function collapsedChannels(
  layer: LayerEntry,
  known: readonly Known[],
  { catalog }: FindingsInput,
): Finding[] {
  const reader = layer.normalizedBy === undefined ? undefined : catalog.layers[layer.normalizedBy];
  if (reader === undefined) return [];
  const isBatch = reader.module?.includes('BatchNorm') === true;
  const isCollapsed = ({ summary }: Known) =>
    isResolved(summary.storage) &&
    (isBatch
      ? collapsedShare(summary.channelHealth) >= 0.1
      : unitVariance(summary, reader) < summary.epsilon / 10);
  const last = known[known.length - 1];
  if (!isCollapsed(last)) return [];
  let since = known.length - 1;
  while (since > 0 && isCollapsed(known[since - 1])) since--;
  const { epsilon, channelHealth } = last.summary;
  const { step } = known[since].record;
  return [
    {
      kind: 'collapsed',
      severity: 'warning',
      layer: layer.id,
      step,
      variant: last.record.variant,
      title: `The variance of ${layer.name} is below ε`,
      evidence: isBatch
        ? `σ² of ${channelHealth?.collapsed} of ${channelHealth?.channels} channels is below a tenth of ε = ${figure(epsilon)}, since step ${step}: ${reader.name} scales them by ε and not by their own spread.`
        : `σ² of every unit is below a tenth of ε = ${figure(epsilon)}, since step ${step}: ${reader.name} scales by ε and not by their own spread.`,
      advice:
        'Look at what makes the layer’s output so small (its initialization, weight decay, a gain near 0), or choose a smaller ε.',
    },
  ];
}

function collapsedShare(health: ChannelHealth | undefined): number {
  return health === undefined ? 0 : health.collapsed / health.channels;
}

/** Greatest variance of a unit under the reader's own method; infinite where it is not known, and 0 where all is 0. */
function unitVariance({ methods }: RecordSummary, { module }: LayerEntry): number {
  const name = module?.slice(module.lastIndexOf('.') + 1) ?? '';
  const method = name.startsWith('Group') ? 'group' : name.startsWith('Instance') ? 'instance' : 'layer';
  const summary = name === 'RMSNorm' ? methods.rms : methods[method];
  const greatest = isDefined(summary) ? summary.unitVariance?.max : undefined;
  return greatest === undefined || Number.isNaN(greatest) ? Number.POSITIVE_INFINITY : greatest;
}
