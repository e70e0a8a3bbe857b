import { Chart, type ChartType, Tooltip, type TooltipPositionerFunction } from 'chart.js';

declare module 'chart.js' {
  interface TooltipPositionerMap {
    away: TooltipPositionerFunction<ChartType>;
  }
}

/** Where a tooltip begins, and on which side of that it is. */
interface TooltipPlace {
  readonly x: number;
  readonly y: number;
  readonly xAlign: 'left' | 'right';
  readonly yAlign: 'top';
}

/** The upper corner of a chart that is farther from the pointer, so that a tooltip does not cover what it explains. */
export function placeAway(
  { left, right, top }: { readonly left: number; readonly right: number; readonly top: number },
  pointer: { readonly x: number | null },
): TooltipPlace {
  const isLeft = (pointer.x ?? left) < (left + right) / 2;
  return { x: isLeft ? right : left, y: top, xAlign: isLeft ? 'right' : 'left', yAlign: 'top' };
}

/** Places the tooltips of all charts away from the pointer. */
export function placeTooltipsAway(): void {
  Tooltip.positioners.away = function (items, pointer) {
    return items.length === 0 ? false : placeAway(this.chart.chartArea, pointer);
  };
  Chart.defaults.plugins.tooltip.position = 'away';
  Chart.defaults.plugins.tooltip.caretSize = 0;
}
