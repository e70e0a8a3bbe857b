import { t } from '@vscode/l10n';
import type { WidthSlope } from './widthSlope';

/** What a slope over width says, in a sentence without its end. */
export function widthWords(slope: WidthSlope | undefined): string {
  if (slope === undefined) return t('unknown: fewer than two widths with values other than 0');
  const text = slopeText(slope);
  switch (slope.trend) {
    case 'grows':
      return t('grows with width: slope {0}', text);
    case 'shrinks':
      return t('shrinks with width: slope {0}', text);
    case 'flat':
      return t('flat: slope {0}', text);
    case 'unclear':
      return slope.margin === undefined
        ? t('unclear: slope {0} from two runs; add seeds or widths', text)
        : t('unclear: slope {0}; add seeds or widths', text);
  }
}

/** A slope with its interval: `0.48 ± 0.05`. */
export function slopeText({ slope, margin }: WidthSlope): string {
  const figure = (value: number) =>
    value
      .toFixed(2)
      .replace('-', '−')
      .replace(/^−(0\.00)$/u, '$1');
  return margin === undefined ? figure(slope) : `${figure(slope)} ± ${figure(margin)}`;
}
