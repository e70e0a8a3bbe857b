import { type ChannelsAtRecord, channelsAt, orderedColumns } from './channels';
import type { RunData } from './runData';
import type { Selection } from './selection';
import type { ViewState } from './viewState';

/** The channels of the layer in view, sorted, and which of them is in view. */
export interface ChannelsInView {
  readonly at: ChannelsAtRecord;
  /** Columns of the figures. */
  readonly order: readonly number[];
  /** The column of the channel in view: the chosen one, or the first in this order. */
  readonly column: number;
}

/** What was last asked for, and its answer: sorting many channels takes longer than a frame has left. */
let last: { readonly of: readonly unknown[]; readonly found: ChannelsInView | undefined } | undefined;

/** The channels of the layer in view; undefined until they have arrived. The same object for the same channels. */
export function channelsInView(
  { channels }: Pick<RunData, 'channels'>,
  { layer, variant, series, record }: Pick<Selection, 'layer' | 'variant' | 'series' | 'record'>,
  { channel, channelOrder, channelFigure }: Pick<ViewState, 'channel' | 'channelOrder' | 'channelFigure'>,
): ChannelsInView | undefined {
  if (channels?.layer !== layer.id || channels.variant !== variant) return undefined;
  const of = [channels, series, record, channel, channelOrder, channelFigure];
  if (last !== undefined && of.every((each, i) => each === last?.of[i])) return last.found;
  const isSorted = last?.found !== undefined && of.every((each, i) => i === 3 || each === last?.of[i]);
  const at = isSorted ? last?.found?.at : channelsAt(channels, series, record);
  if (at === undefined) return undefined;
  const order = (isSorted && last?.found?.order) || orderedColumns(at, channelOrder, channelFigure);
  const chosen = channels.channels.indexOf(channel ?? -1);
  const found = { at, order, column: chosen >= 0 ? chosen : order[0] };
  last = { of, found };
  return found;
}
