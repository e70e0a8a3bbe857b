import { t } from '@vscode/l10n';
import type { ChannelFigure, ChannelFigures } from '../../src/model/channelFigures';
import { selectRank } from '../../src/model/selectRank';
import { mapScale } from './mapScale';

/** How unusual the values of a channel figure are. */
export interface ChannelScale {
  /** 0 (like most channels) to 1. */
  place(value: number): number;
  /** What the colors mean, in a sentence. */
  readonly meaning: string;
  /** The text at either end of the scale. */
  readonly ends: readonly [from: string, to: string];
}

/** Factors from the median channel that the scale shows. */
const DECADES = 3;

/**
 * The scale of a figure: quiet for what most channels have, whatever that is. Shifts are in σ of the whole layer; means
 * in standard deviations of the median channel; deviations and largest |x| as factors from the median channel.
 */
export function channelScale(figures: ChannelFigures, figure: ChannelFigure): ChannelScale {
  const sigmas = mapScale('sigmas', undefined);
  if (figure === 'shift')
    return {
      place: sigmas.place,
      meaning: t('Colors: shift from 0 to 100 standard deviations of the layer.'),
      ends: ['0', '100 σ'],
    };
  const usual = median(figures[figure === 'mean' ? 'deviation' : figure]);
  if (figure === 'mean')
    return {
      place: (value) => (usual > 0 ? sigmas.place(Math.abs(value) / usual) : Number(value !== 0)),
      meaning: t('Colors: |mean| from 0 to 100 standard deviations of the median channel.'),
      ends: ['0', '100 σ'],
    };
  return {
    place: (value) => {
      if (!(usual > 0)) return Number(value !== 0);
      return Math.min(1, Math.abs(Math.log10(value / usual)) / DECADES);
    },
    meaning: t('Colors: how many times larger or smaller the value is than that of the median channel.'),
    ends: ['1×', `${10 ** DECADES}×`],
  };
}

/** The median of the finite values; 0 if there are none. */
function median(values: ChannelFigures[ChannelFigure]): number {
  const finite = new Float64Array(values).filter(Number.isFinite);
  const middle = finite.length >> 1;
  selectRank(finite, middle);
  return finite.length === 0 ? 0 : finite[middle];
}
