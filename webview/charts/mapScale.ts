import { t } from '@vscode/l10n';
import type { Range } from '../../src/model/analysis';
import { figure, percent } from '../format';
import type { ShownScale } from './comparedFigures';

/** Where values of a quantity lie between the two ends of a color scale or an axis. */
export interface MapScale {
  /** 0 to 1. */
  place(value: number): number;
  /** Values to write at the scale, ascending. */
  readonly ticks: readonly number[];
}

/** A share below this is at the lower end of the scale. */
const RAREST = 1e-6;
/** A positive quantity whose values span at least this factor is on a logarithmic scale. */
const DECADE = 10;
/** Ticks of a scale with decades, at most. */
const MAX_TICKS = 4;
/** A signed quantity is linear below this part of its largest value. */
const LINEAR_PART = 1e-3;

/** Anchors of distances in σ, at equal distances on the scale: a person can compare two runs by their colors. */
const SIGMAS: MapScale = {
  place: (value) => clamp(value <= 1 ? value / 2 : 0.5 + Math.log10(value) / 4),
  ticks: [0.5, 1, 10, 100],
};

const SHARE: MapScale = { place: clamp, ticks: [0, 0.5, 1] };

const RARE_SHARE: MapScale = {
  place: (value) => clamp(1 + Math.log10(Math.max(value, RAREST)) / 6),
  ticks: [1e-6, 1e-3, 1],
};

/** The scale of a quantity whose values are within `range`; undefined if there are none. */
export function mapScale(scale: ShownScale, range: Range | undefined): MapScale {
  if (scale === 'sigmas') return SIGMAS;
  if (scale === 'share') return SHARE;
  if (scale === 'rareShare') return RARE_SHARE;
  if (scale === 'ratio') return ratioScale(range);
  if (scale === 'difference' || scale === 'shareDifference') return differenceScale(range);
  if (range === undefined) return { place: () => 0, ticks: [] };
  return scale === 'size' ? sizeScale(range) : signedScale(range);
}

/** Whether the scale of positive values is logarithmic: they span a decade. */
export function isLogarithmic({ min, max }: Range): boolean {
  return min > 0 && max / min >= DECADE;
}

/** Logarithmic if the values span a decade, otherwise linear. */
export function sizeScale({ min, max }: Range): MapScale {
  if (!isLogarithmic({ min, max })) return linearScale({ min, max });
  const [from, to] = [Math.log10(min), Math.log10(max)];
  return {
    place: (value) => clamp((Math.log10(Math.max(value, min)) - from) / (to - from)),
    ticks: decades(from, to),
  };
}

export function linearScale({ min, max }: Range): MapScale {
  return {
    place: (value) => (max > min ? clamp((value - min) / (max - min)) : 0),
    ticks: ends({ min, max }),
  };
}

/** Symmetric about 0: logarithmic toward both ends if the values span decades. */
export function signedScale({ min, max }: Range): MapScale {
  const linear = Math.max(LINEAR_PART * Math.max(Math.abs(min), Math.abs(max)), Number.MIN_VALUE);
  const compressed = (value: number) => Math.sign(value) * Math.log1p(Math.abs(value) / linear);
  const [from, to] = [compressed(min), compressed(max)];
  const inside = min < 0 && max > 0 ? [min, 0, max] : ends({ min, max });
  return {
    place: (value) => (to > from ? clamp((compressed(value) - from) / (to - from)) : 0),
    ticks: inside,
  };
}

/** Symmetric about 0, which is in the middle: as far in one direction as in the other. */
function differenceScale(range: Range | undefined): MapScale {
  const farthest = range === undefined ? 0 : Math.max(Math.abs(range.min), Math.abs(range.max));
  if (!(farthest > 0)) return { place: () => 0.5, ticks: [0] };
  return { place: (value) => clamp(0.5 + value / farthest / 2), ticks: [-farthest, 0, farthest] };
}

/** Symmetric about 1, by the logarithm. */
function ratioScale(range: Range | undefined): MapScale {
  const { place, ticks } = differenceScale(range && { min: Math.log(range.min), max: Math.log(range.max) });
  return { place: (value) => place(Math.log(value)), ticks: ticks.map(Math.exp) };
}

function ends({ min, max }: Range): number[] {
  return max > min ? [min, max] : [min];
}

/** Powers of ten between two exponents; the ends if there are too few. */
function decades(from: number, to: number): number[] {
  const [first, last] = [Math.ceil(from - 1e-9), Math.floor(to + 1e-9)];
  if (last - first < 1) return [10 ** from, 10 ** to];
  const by = Math.ceil((last - first) / (MAX_TICKS - 1));
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, i) => 10 ** (first + i * by));
}

function clamp(place: number): number {
  return Math.min(1, Math.max(0, place));
}

/** A value of a quantity with its unit. */
export function quantityFigure(scale: ShownScale, value: number, digits = 3): string {
  if (Number.isNaN(value)) return '–';
  if (scale === 'sigmas') return t('{0} σ', figure(value, digits));
  if (scale === 'share' || scale === 'rareShare') return share(value);
  if (scale === 'ratio') return `×${figure(value, digits)}`;
  if (scale === 'difference') return signed(figure(value, digits), value);
  if (scale === 'shareDifference') return t('{0} points', signed(share(Math.abs(value)), value));
  return figure(value, digits);
}

/** A figure with its sign, also if it is positive. */
function signed(text: string, value: number): string {
  if (value > 0) return `+${text}`;
  return value < 0 && !text.startsWith('−') ? `−${text}` : text;
}

/** A share in percent, small ones to two digits. */
function share(value: number): string {
  return value > 0 && value < 1e-3 ? `${figure(100 * value, 2)} %` : percent(value, 1);
}

/** A tick, without its unit, for which the legend has no room. */
export function tickLabel(scale: ShownScale, value: number): string {
  if (scale === 'ratio') return `×${figure(value, 2)}`;
  if (scale === 'difference') return signed(figure(value, 2), value);
  if (scale === 'shareDifference') return signed(share(Math.abs(value)), value);
  return scale === 'share' || scale === 'rareShare' ? share(value) : figure(value, 2);
}
