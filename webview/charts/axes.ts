import type { Scale, ScaleOptionsByType } from 'chart.js';
import { figure } from '../format';
import type { Theme } from '../theme';
import { fade } from './colors';

/** Ticks of an axis, at most: people read small charts by their shape, and figures in tooltips and tables. */
const TICKS = 4;

type DeepPartial<T> = T extends (...args: never[]) => unknown ? T : { [K in keyof T]?: DeepPartial<T[K]> };

/** A logarithmic axis with a tick at each of these values. */
export function axisOfValues(theme: Theme, title: string, values: readonly number[]) {
  return {
    ...linearAxis(theme, title),
    type: 'logarithmic' as const,
    afterBuildTicks: (scale: Scale) => {
      scale.ticks = values.map((value) => ({ value }));
    },
  };
}

/** A linear axis in the theme's colors. */
export function linearAxis(
  theme: Theme,
  title?: string,
): DeepPartial<ScaleOptionsByType<'linear'>> & { type: 'linear' } {
  return {
    type: 'linear',
    border: { display: false },
    grid: { color: fade(theme.foreground, 0.1), drawTicks: false },
    ticks: {
      color: theme.muted,
      maxTicksLimit: TICKS,
      maxRotation: 0,
      padding: 4,
      font: { family: theme.fontFamily, size: 10 },
      callback: (value: number | string) => figure(Number(value), 3),
    },
    title: {
      display: title !== undefined,
      text: title ?? '',
      color: theme.muted,
      padding: 0,
      font: { family: theme.fontFamily, size: 10 },
    },
  };
}
