import { t } from '@vscode/l10n';
import type { ChannelFigure } from '../../src/model/channelFigures';

/** The name of a figure of a channel. */
export function channelFigureName(figure: ChannelFigure): string {
  switch (figure) {
    case 'shift':
      return t('shift');
    case 'mean':
      return t('mean µ');
    case 'deviation':
      return t('standard deviation σ');
    case 'greatest':
      return t('largest |x|');
  }
}
