import type { LayerEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { isResolved } from '../model/storage';
import { type DeadLayer, type DeathCause, deadWords } from './deadWords';
import type { Detector } from './detector';
import { isAtEnd, type Measured, type MeasuredLayer, measuredLayers, sinceWhen } from './measured';
import { className, isNormInput, isPassing, isRectifier } from './modules';

/** Values of a channel that have to be seen: then, with 95 % confidence, it is 0 for 90 % of all inputs (3/n). */
const SEEN = 30;
/**
 * Share of a layer's channels, and of all channels of these layers, from which on it is a warning. Rectified layers that train
 * well have up to a quarter of their channels at 0 for all of a batch (measured), and are sparse by design [Glorot et al. 2011].
 */
const [OF_LAYER, OF_ALL] = [0.6, 0.4];
/** Fewer channels in all may be dead by chance. */
const MANY_CHANNELS = 32;
/** γ is 0 for a reason where channels are pruned; a few of them are no cause for concern. */
const OF_SCALE = 0.25;
/** Share of a layer's dead channels that the layer before it explains. */
const EXPLAINED = 0.9;

/**
 * Channels that hold one value in every sample at the last two finite steps (or the only one), one finding for each cause.
 * A layer behind another that has the same channels dead only passes them on. At a single first step, a layer whose channels are
 * all constant is initialized so: residual branches begin with γ = 0 [Goyal et al. 2017, §5.1].
 */
export const channelFindings: Detector = function* (input) {
  const found: Rooted[] = [];
  /** Where the dead channels of the layer before begin, by the number of channels. */
  const before = new Map<number, DeadLayer>();
  let isAtStart = true;
  for (const measured of measuredLayers(input)) {
    const { layer } = measured;
    isAtStart &&= isPassing(layer) || isNamedInput(layer);
    if (isAtStart || isNormInput(layer)) continue;
    const own = deadIn(measured);
    yield;
    if (own === undefined) continue;
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

/** A layer with dead channels, and the layer in which these begin: itself, or one before it. */
interface Rooted extends DeadLayer {
  readonly root: DeadLayer;
}

/** What is recorded of a network's input by a name for it: pixels at an image's edge are constant. */
function isNamedInput({ module, name }: LayerEntry): boolean {
  return module === undefined && /^(inputs?|x|images?|data|pixel_values)$/iu.test(name);
}

/** Whether a layer outputs the same for every input. */
function isSilent({ dead, channels }: DeadLayer): boolean {
  return dead.size === channels;
}

function explains(earlier: DeadLayer, { dead }: DeadLayer): boolean {
  let shared = 0;
  for (const channel of dead) if (earlier.dead.has(channel)) shared++;
  return shared >= EXPLAINED * dead.size;
}

function deadIn(measured: MeasuredLayer): DeadLayer | undefined {
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
  if (cause === 'rectifier' && seenSince(finite, since, health.channels) < SEEN) return undefined;
  const zeros = health.zero.filter((channel) => dead.has(channel)).length;
  const { step, variant } = finite[since].record;
  return {
    ...{ layer, cause, dead, channels: health.channels, areZero: zeros === dead.size },
    ...{ step, variant },
  };
}

/** Rounding may make a channel constant; it makes none 0. */
function deadChannels({ summary: { channelHealth, storage } }: Measured): ReadonlySet<number> {
  return new Set([
    ...(channelHealth?.zero ?? []),
    ...(isResolved(storage) ? (channelHealth?.constant ?? []) : []),
  ]);
}

function shared(a: ReadonlySet<number>, b: ReadonlySet<number>): ReadonlySet<number> {
  return new Set([...a].filter((channel) => b.has(channel)));
}

/** Position of the first of the last records in which most of these channels are dead; of a whole layer, all of them. */
function firstDead(finite: readonly Measured[], dead: ReadonlySet<number>, channels: number): number {
  const wanted = dead.size === channels ? channels : dead.size / 2;
  return sinceWhen(finite, (each) => shared(dead, deadChannels(each)).size >= wanted);
}

/**
 * Dead channels that chance explains: where inputs vary little about a mean, as averages over an image do, each rectified
 * channel is on or off for all of them, half of the channels with a standard deviation of ½√n.
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
  // Of a function that is no module only the result is recorded, in the layer behind it.
  const isUnknown = className(layer) === '' || isPassing(layer);
  return isRectifier(layer) || isUnknown ? 'rectifier' : 'constant';
}

function findingOf(cause: DeathCause, all: readonly Rooted[]): Finding {
  const own = all.filter(({ layer, root }) => root.layer === layer);
  const behind = all.filter(({ layer, root }) => root.layer !== layer).map(({ layer }) => layer.name);
  const origin = own.reduce((a, b) => (b.step < a.step ? b : a));
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
