import type { LayerEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { isResolved } from '../model/storage';
import { type DeadLayer, type DeathCause, deadWords } from './deadWords';
import type { Detector } from './detector';
import { isAtEnd, type Measured, type MeasuredLayer, measuredLayers, sinceWhen } from './measured';
import { className, isNormInput, isPassing, isRectifier } from './modules';
import { earliest } from './origin';

/**
 * Minimum number of values per channel. If all of them are 0, the channel is 0 for at least 90 % of all inputs, with
 * 95 % confidence (rule of three, 3/n).
 */
const SEEN = 30;
/**
 * Warning thresholds: the share of dead channels in one layer, and in all affected layers together. In rectified
 * layers that train well, up to a quarter of the channels are 0 for a whole batch (measured). Such layers are sparse
 * by design [Glorot et al. 2011].
 */
const [OF_LAYER, OF_ALL] = [0.6, 0.4];
/** With fewer channels in total, all of them may be dead by chance. */
const MANY_CHANNELS = 32;
/** Warning threshold if γ is 0. Pruning sets γ to 0 on purpose, and a few such channels are harmless. */
const OF_SCALE = 0.25;
/** Share of a layer's dead channels that the previous layer must explain. */
const EXPLAINED = 0.9;

/**
 * Finds channels that have a single value in every sample at the last two finite steps (or the only step). Returns
 * one finding per cause. If an earlier layer has the same dead channels, the later layer only passes them on. If the
 * run has only one step, a layer whose channels are all constant is not reported, because residual branches are
 * initialized with γ = 0 [Goyal et al. 2017, §5.1]. Features that are constant in the network input are not reported.
 */
export const channelFindings: Detector = function* (input) {
  const found: Rooted[] = [];
  /** Maps a number of channels to the layer where the dead channels of the latest layer of that width originate. */
  const before = new Map<number, DeadLayer>();
  /** Maps a number of channels to the constant features of the network input, which no layer causes. */
  const ofInput = new Map<number, DeadLayer>();
  let isAtStart = true;
  for (const measured of measuredLayers(input)) {
    const { layer } = measured;
    isAtStart &&= isPassing(layer) || isNamedInput(layer) || (layer.id === 0 && isNormInput(layer));
    if (!isAtStart && isNormInput(layer)) continue;
    const own = deadIn(measured, isAtStart ? 0 : SEEN);
    yield;
    if (own === undefined) continue;
    if (isAtStart) {
      ofInput.set(own.channels, own);
      continue;
    }
    const constant = ofInput.get(own.channels);
    if (constant !== undefined && explains(constant, own)) continue;
    const earlier = before.get(own.channels);
    const isPassedOn = earlier !== undefined && explains(earlier, own);
    found.push({ ...own, root: isPassedOn ? earlier : own });
    before.set(own.channels, isPassedOn ? earlier : own);
  }
  return [true, false].flatMap((silent) =>
    (['scale', 'rectifier', 'constant'] as const).flatMap((cause) => {
      const all = found.filter(({ root }) => isSilent(root) === silent && root.cause === cause);
      return all.length === 0 ? [] : [findingOf(cause, all)];
    }),
  );
};

/** A layer with dead channels, and the layer where they originate: the layer itself or an earlier one. */
interface Rooted extends DeadLayer {
  readonly root: DeadLayer;
}

/** Whether the name identifies a network input. Pixels at the edge of an image are constant. */
function isNamedInput({ module, name }: LayerEntry): boolean {
  return module === undefined && /^(inputs?|x|images?|data|pixel_values)$/iu.test(name);
}

/** Whether a layer has the same output for every input. */
function isSilent({ dead, channels }: DeadLayer): boolean {
  return dead.size === channels;
}

function explains(earlier: DeadLayer, { dead }: DeadLayer): boolean {
  let shared = 0;
  for (const channel of dead) if (earlier.dead.has(channel)) shared++;
  return shared >= EXPLAINED * dead.size;
}

function deadIn(measured: MeasuredLayer, leastSeen: number): DeadLayer | undefined {
  const { layer, series, known } = measured;
  if (!isAtEnd(measured) || /^(u?int|bool)/u.test(layer.dtype)) return undefined;
  const finite = known.filter(({ summary }) => !(2 * summary.finite < summary.count));
  const last = finite[finite.length - 1];
  const health = last?.summary.channelHealth;
  if (health === undefined) return undefined;
  let dead = deadChannels(last);
  const isOnlyRecord = series.length === 1;
  if (!isOnlyRecord) {
    const previous = finite.length > 1 ? deadChannels(finite[finite.length - 2]) : new Set<number>();
    dead = shared(dead, previous);
  }
  if (dead.size === 0) return undefined;
  const cause = causeOf(layer, health.zeroScale ?? [], dead);
  if (isOnlyRecord && cause !== 'rectifier' && dead.size === health.channels) return undefined;
  const since = firstDead(finite, dead, health.channels);
  if (cause === 'rectifier' && seenSince(finite, since, health.channels) < leastSeen) return undefined;
  const zeros = health.zero.filter((channel) => dead.has(channel)).length;
  const { step, variant } = finite[since].record;
  return {
    ...{ layer, cause, dead, channels: health.channels, areZero: zeros === dead.size },
    ...{ step, variant },
  };
}

/** Rounding can make a channel constant, but it cannot make a channel 0. */
function deadChannels({ summary: { channelHealth, storage } }: Measured): ReadonlySet<number> {
  return new Set([
    ...(channelHealth?.zero ?? []),
    ...(isResolved(storage) ? (channelHealth?.constant ?? []) : []),
  ]);
}

function shared(a: ReadonlySet<number>, b: ReadonlySet<number>): ReadonlySet<number> {
  return new Set([...a].filter((channel) => b.has(channel)));
}

/**
 * Position of the first record since which most of these channels have been dead, or all of them if the whole layer
 * is dead.
 */
function firstDead(finite: readonly Measured[], dead: ReadonlySet<number>, channels: number): number {
  const wanted = dead.size === channels ? channels : dead.size / 2;
  return sinceWhen(finite, (each) => shared(dead, deadChannels(each)).size >= wanted);
}

/**
 * Number of dead channels that chance explains. If inputs vary little around their mean, as averages over an image
 * do, each rectified channel is on or off for all of them: n/2 channels, with a standard deviation of ½√n. The limit
 * is two standard deviations above that mean.
 */
function byChance(channels: number): number {
  return channels / 2 + Math.sqrt(channels);
}

function seenSince(finite: readonly Measured[], since: number, channels: number): number {
  return finite.slice(since).reduce((sum, { summary }) => sum + summary.count / channels, 0);
}

function causeOf(layer: LayerEntry, zeroScale: readonly number[], dead: ReadonlySet<number>): DeathCause {
  const scaled = zeroScale.filter((channel) => dead.has(channel)).length;
  if (scaled >= EXPLAINED * dead.size) return 'scale';
  // A functional call has no module, so its result is recorded only as the output of a later layer.
  const isUnknown = className(layer) === '' || isPassing(layer);
  return isRectifier(layer) || isUnknown ? 'rectifier' : 'constant';
}

function findingOf(cause: DeathCause, all: readonly Rooted[]): Finding {
  const own = all.filter(({ layer, root }) => root.layer === layer);
  const behind = all.filter(({ layer, root }) => root.layer !== layer).map(({ layer }) => layer.name);
  const origin = earliest(own, ({ step }) => step);
  const dead = own.reduce((sum, each) => sum + each.dead.size, 0);
  const channels = own.reduce((sum, each) => sum + each.channels, 0);
  const ofLayer = cause === 'scale' ? OF_SCALE : OF_LAYER;
  const isLarge =
    (channels >= MANY_CHANNELS && dead / channels >= OF_ALL) ||
    own.some(
      (each) =>
        each.dead.size >= Math.max(ofLayer * each.channels, cause === 'scale' ? 0 : byChance(each.channels)),
    );
  return {
    kind: 'dead-channels',
    severity: own.some(isSilent) ? 'error' : isLarge ? 'warning' : 'note',
    layer: origin.layer.id,
    layers: all.map(({ layer }) => layer.id),
    step: origin.step,
    variant: origin.variant,
    ...deadWords(cause, origin, own, behind),
  };
}
