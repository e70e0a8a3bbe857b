import { isDefined } from '../../model/analysis';
import type { RecordEntry, RunCatalog } from '../../model/catalog';
import { type ChannelFigures, partsOf } from '../../model/channelFigures';
import { positionOf, seriesOf } from '../../model/series';
import { spacedIndices } from '../../model/spacedIndices';
import type { MethodSketch } from '../record/recordSketch';
import type { SketchOutcome } from '../workers/computeRecord';
import { ownReferences, type References } from './references';
import { type RunOptions, readable, type SketchStore } from './sketchStore';

/** Maximum number of steps: a map cannot show more columns side by side. */
const MAX_STEPS = 240;
/** Maximum number of values of each figure, in one answer: the link to a panel carries about 20 MB a second. */
const MAX_VALUES = 2 ** 17;
/** Maximum number of channels: several for each pixel of a map, and more than anyone looks at in a table. */
const MAX_CHANNELS = 2 ** 12;

/** The layer to describe, and a step to include. */
export interface ChannelRequest {
  readonly layer: number;
  readonly variant: number;
  /** Of more steps than fit, this one is included, besides the first and the last. */
  readonly step: number;
}

/**
 * Returns the channel statistics of a layer's records, from their sketches: from files only if memory has dropped them. Of a
 * long series, takes evenly spaced records. Of more channels than fit, takes those that have the largest part of the
 * shift at any of these records. A record that cannot be read has NaN.
 */
export async function channelFigures(
  sketches: SketchStore,
  { catalog, options }: Pick<RunOptions, 'catalog' | 'options'>,
  request: ChannelRequest,
  references: Pick<References, 'of' | 'sketches'> = ownReferences(sketches, { catalog, options }),
): Promise<ChannelFigures> {
  const records = recordsOf(catalog, request, references);
  const pairs = await Promise.all(
    records.map(async ({ record, reference }) => {
      const [current, from] =
        reference === undefined
          ? await sketches.ofEach([record])
          : references.sketches === sketches
            ? await sketches.ofEach([record, reference])
            : (
                await Promise.all([sketches.ofEach([record]), references.sketches.ofEach([reference])])
              ).flat();
      return { current: rawOf(current), reference: from && rawOf(from) };
    }),
  );
  const of = pairs.find(({ current }) => current !== undefined)?.current?.channelMean.length ?? 0;
  const shifts = pairs.map(({ current, reference }) => channelShifts(reference, current, of));
  const most = Math.min(MAX_CHANNELS, Math.floor(MAX_VALUES / Math.max(1, records.length)));
  const channels = chosenChannels(shifts, of, most);
  const table = (row: (pair: number) => ArrayLike<number> | undefined): Float32Array | Float64Array => {
    const values = new Float64Array(records.length * channels.length).fill(Number.NaN);
    for (let i = 0; i < records.length; i++) {
      const from = row(i);
      if (from?.length !== of) continue;
      channels.forEach((channel, column) => {
        values[i * channels.length + column] = from[channel];
      });
    }
    return narrowed(values);
  };
  return {
    layer: request.layer,
    variant: request.variant,
    records: Int32Array.from(records, ({ record }) => record.id),
    channels,
    of,
    mean: table((i) => pairs[i].current?.channelMean),
    deviation: table((i) => pairs[i].current?.channelStd),
    greatest: table((i) => pairs[i].current?.channelPeak),
    shift: table((i) => shifts[i]),
  };
}

/** Whether all that {@link channelFigures} needs is in memory. */
export function areChannelsKept(
  sketches: Pick<SketchStore, 'kept'>,
  { catalog }: Pick<RunOptions, 'catalog'>,
  request: ChannelRequest,
  references: Pick<References, 'of' | 'sketches'>,
): boolean {
  return recordsOf(catalog, request, references).every(
    ({ record, reference }) =>
      sketches.kept(record) !== undefined &&
      (reference === undefined || references.sketches.kept(reference) !== undefined),
  );
}

/** The records to describe, steps ascending, each with the one that its shift is measured from. */
function recordsOf(
  catalog: RunCatalog,
  { layer, variant, step }: ChannelRequest,
  references: Pick<References, 'of'>,
): readonly { readonly record: RecordEntry; readonly reference: RecordEntry | undefined }[] {
  const series = seriesOf(catalog, layer, variant);
  const wanted = Math.min(positionOf(series, step), series.length - 1);
  return spacedIndices(series.length, MAX_STEPS, wanted).map((position) => ({
    record: series[position],
    reference: references.of(series, position),
  }));
}

function rawOf(outcome: SketchOutcome): MethodSketch | undefined {
  const none = readable(outcome)?.methods.none;
  return none !== undefined && isDefined(none) ? none : undefined;
}

/** Returns √(Δµ² + Δσ²)/σ_s of each channel; NaN if there is nothing to compare. */
function channelShifts(
  s: MethodSketch | undefined,
  t: MethodSketch | undefined,
  channels: number,
): Float64Array {
  const shifts = new Float64Array(channels).fill(Number.NaN);
  if (s?.channelMean.length !== channels || t?.channelMean.length !== channels) return shifts;
  const sigma = Math.sqrt(s.variance);
  if (!(sigma > 0)) return s === t ? shifts.fill(0) : shifts;
  for (let c = 0; c < channels; c++)
    shifts[c] = length(
      (t.channelMean[c] - s.channelMean[c]) / sigma,
      (t.channelStd[c] - s.channelStd[c]) / sigma,
    );
  return shifts;
}

/** √(x² + y²): a tenth of the time of Math.hypot, which it needs where squares leave the range of numbers. */
function length(x: number, y: number): number {
  const square = x * x + y * y;
  return square > SMALLEST_SQUARE && square < Number.POSITIVE_INFINITY ? Math.sqrt(square) : Math.hypot(x, y);
}

/** Squares above are exact to the last digits. */
const SMALLEST_SQUARE = 1e-290;

/** The greatest and the least positive number of float32 with all of its digits. */
const [GREATEST, LEAST] = [(2 - 2 ** -23) * 2 ** 127, 2 ** -126];

/** The same figures in half of the bytes, if their type holds them all: to seven digits, more than are shown. */
function narrowed(values: Float64Array): Float32Array | Float64Array {
  for (const value of values) {
    const size = Math.abs(value);
    if (size > GREATEST ? size < Number.POSITIVE_INFINITY : size < LEAST && size > 0) return values;
  }
  return Float32Array.from(values);
}

/** Returns the channels with the largest part at any record, ascending; all of them if they fit. */
function chosenChannels(shifts: readonly Float64Array[], of: number, most: number): Int32Array {
  const all = Int32Array.from({ length: of }, (_, channel) => channel);
  if (of <= most) return all;
  const largest = new Float64Array(of);
  for (const each of shifts) {
    const parts = partsOf(each);
    for (let channel = 0; channel < of; channel++)
      if (parts[channel] > largest[channel]) largest[channel] = parts[channel];
  }
  // Of those that are exactly as large as the last one that fits, the first.
  const last = largest.slice().sort()[of - most];
  const above = all.filter((channel) => largest[channel] > last);
  const equal = all.filter((channel) => largest[channel] === last).subarray(0, most - above.length);
  return Int32Array.of(...above, ...equal).sort();
}
