import { t } from '@vscode/l10n';
import { useCallback } from 'preact/hooks';
import type { CoordinateCheck } from '../../src/model/coordinateCheck';
import { slopeText, widthWords } from '../../src/model/widthWords';
import { ChartCanvas } from '../charts/ChartCanvas';
import { type Coordinate, stepColor, widthChart } from '../charts/widthChart';
import type { Theme } from '../theme';
import { usePanel } from './context';
import { FigureCell, FigureHead } from './FigureTable';

interface Props {
  /** Null if the runs do not differ in width; undefined until it has arrived. */
  readonly check: CoordinateCheck | null | undefined;
  readonly layer: string;
}

/** How the size of a layer's activations depends on width: the coordinate check of µP [Yang et al. 2022, D.1]. */
export function WidthView({ check, layer }: Props) {
  if (check === undefined)
    return (
      <p class="tab-empty muted" role="status">
        {t('Reading the layer in all runs…')}
      </p>
    );
  if (check === null)
    return (
      <p class="tab-empty muted">
        {t(
          'The runs do not differ in width, or it is not known. To see how activations scale, train the network in several widths and state each: {0} in normscope.json, or in the folder’s name, such as width=256.',
          '"knobs": { "width": 256 }',
        )}
      </p>
    );
  if (check.steps.length === 0) return <p class="tab-empty muted">{check.reasons.join(' ')}</p>;
  return (
    <>
      <p class="width-verdict" data-trend={check.steps.at(-1)?.change?.trend}>
        {verdict(check, layer)}
      </p>
      <div class="what-if-grid widths">
        <WidthChart check={check} of="size" label={t('Mean |h| over width')} />
        <WidthChart check={check} of="change" label={t('Mean |h − h₀| over width')} />
        <section class="width-tables" tabIndex={0} aria-label={t('Slopes over width, scrollable')}>
          <SlopeTable check={check} />
          <p class="muted">{noteOf(check)}</p>
        </section>
      </div>
    </>
  );
}

/** What the last step says of the layer: of its change since the first, else of its size. */
function verdict({ steps }: CoordinateCheck, layer: string): string {
  const last = steps[steps.length - 1];
  const isChange = steps.length > 1 && last.change !== undefined;
  const words = widthWords(isChange ? last.change : last.size);
  return isChange
    ? t(
        '{0}, step {1}: change since step {2} {3}. A µP network stays flat.',
        layer,
        last.step,
        steps[0].step,
        words,
      )
    : t('{0}, step {1}: {2}. A µP network stays flat.', layer, last.step, words);
}

function WidthChart({ check, of, label }: { check: CoordinateCheck; of: Coordinate; label: string }) {
  const { theme } = usePanel();
  const config = useCallback((colors: Theme) => widthChart(check, of, colors), [check, of]);
  return (
    <figure class="batch-chart">
      <figcaption>{label}</figcaption>
      <ChartCanvas
        config={config}
        theme={theme}
        name={`width-${of}`}
        label={`${label}: ${widthWords(check.steps.at(-1)?.[of])}`}
      />
    </figure>
  );
}

/** The slopes of all steps, which are also the legend of the charts. */
function SlopeTable({ check }: { check: CoordinateCheck }) {
  const { theme } = usePanel();
  return (
    <table data-table="widths">
      <FigureHead
        columns={[
          { key: 'step', label: t('step') },
          {
            key: 'size',
            label: '|h|',
            title: t('Slope of ln(mean |h|) over ln(width), with its 95 % interval'),
          },
          {
            key: 'change',
            label: '|h − h₀|',
            title: t('Slope of ln(mean |h − h₀|) over ln(width), with its 95 % interval'),
          },
          { key: 'words', label: t('in words') },
        ]}
      />
      <tbody>
        {check.steps.map(({ step, size, change }, i) => (
          <tr key={step} data-step={step}>
            <th scope="row">
              <span class="line-key" style={{ borderColor: stepColor(i, check.steps.length, theme) }} />
              {step}
            </th>
            <FigureCell data-field="size" value={size?.slope}>
              {size === undefined ? '–' : slopeText(size)}
            </FigureCell>
            <FigureCell data-field="change" value={change?.slope}>
              {change === undefined ? '–' : slopeText(change)}
            </FigureCell>
            <td class="words">{widthWords(i === 0 ? size : (change ?? size))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Where the figures come from. */
function noteOf({ from, runs, reasons, steps }: CoordinateCheck): string {
  const widths = new Set(runs.map(({ width }) => width)).size;
  const slope = steps.at(-1)?.size;
  return [
    from === 'knob'
      ? t('{0} runs of {1} widths, by their knobs.', runs.length, widths)
      : t('{0} runs of {1} widths, by their numbers of channels.', runs.length, widths),
    ...(slope?.from === 'runs' ? [t('Intervals from the spread of runs of equal width.')] : []),
    ...(slope?.from === 'residuals' ? [t('Intervals from the distances to the line.')] : []),
    t('h₀ is the layer at step {0}.', steps[0].step),
    ...reasons,
  ].join(' ');
}
