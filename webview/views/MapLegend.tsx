import { t } from '@vscode/l10n';
import { quantityOf } from '../../src/model/mapQuantities';
import { isDiverging, type ShownScale } from '../charts/comparedFigures';
import { divergingColor, mapColors, rampColor } from '../charts/mapColors';
import type { MapGrid } from '../charts/mapGrid';
import { tickLabel } from '../charts/mapScale';
import type { ShownQuantity } from '../charts/mapSource';
import { usePanel } from './context';

/** Stops of the gradient; the ramp is close to linear between them. */
const STOPS = [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1];

/** The colors of the map: what is gray, and the values along the ramp. */
export function MapLegend({ grid, shown }: { grid: MapGrid; shown: ShownQuantity }) {
  const { theme } = usePanel();
  const colors = mapColors(theme);
  const quiet = quietLabel(shown);
  const color = isDiverging(shown.scale) ? divergingColor : rampColor;
  const gradient = STOPS.map((stop) => color(colors, stop)).join(', ');
  return (
    <span
      class="legend"
      title={[
        quantityOf(shown.id).definition(),
        scaleTitle(shown.scale),
        ...(quiet === undefined ? [] : [quiet.title]),
        t('Hatched: every channel has the same value everywhere. Bar below: NaN or infinite values.'),
      ].join('\n')}
    >
      {quiet !== undefined && (
        <>
          <span class="swatch" style={{ backgroundColor: colors.quiet }} /> {quiet.label}
        </>
      )}
      <span class="ramp" data-scale={shown.scale}>
        <span class="ramp-colors" style={{ backgroundImage: `linear-gradient(to right, ${gradient})` }} />
        {grid.scale.ticks.map((tick) => (
          <span key={tick} class="ramp-tick" style={{ left: `${100 * grid.scale.place(tick)}%` }}>
            {tickLabel(shown.scale, tick)}
          </span>
        ))}
      </span>
      {shown.scale === 'sigmas' && <span>σ</span>}
    </span>
  );
}

function quietLabel({ id, scale }: ShownQuantity): { label: string; title: string } | undefined {
  if (id === 'shift')
    return { label: t('≤ noise'), title: t('Gray: the shift is no larger than the batch noise.') };
  if (scale === 'share' || scale === 'rareShare') return { label: '0', title: t('Gray: 0.') };
  if (isDiverging(scale)) return { label: '=', title: t('Gray: equal in both runs.') };
  return undefined;
}

function scaleTitle(scale: ShownScale): string {
  switch (scale) {
    case 'sigmas':
      return t(
        'The colors are the same in every run: linear up to 1 σ, logarithmic above, and the last one from 100 σ on.',
      );
    case 'share':
      return t('The colors are the same in every run, from 0 to 100 %.');
    case 'rareShare':
      return t('The colors are the same in every run: logarithmic, from one in a million to 100 %.');
    case 'size':
      return t(
        'The colors go from the smallest to the largest value, by the logarithm if they span decades.',
      );
    case 'difference':
    case 'shareDifference':
      return t('Orange: more than in the other run. Blue: less. The middle is no difference.');
    case 'ratio':
      return t(
        'Orange: more than in the other run. Blue: less. The middle is a ratio of 1; the colors go by the logarithm.',
      );
    case 'signed':
      return t('The colors go from the smallest to the largest value, compressed toward both ends.');
  }
}
