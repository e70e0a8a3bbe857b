import { t } from '@vscode/l10n';
import { useCallback } from 'preact/hooks';
import { type BatchSizes, smallestQuietSize } from '../../src/model/batchSizes';
import { batchSizeChart, NOISES, noiseColor, noiseName } from '../charts/batchSizeChart';
import { ChartCanvas } from '../charts/ChartCanvas';
import { count, figure } from '../format';
import type { Theme } from '../theme';
import { usePanel } from './context';
import { FigureCell, type FigureColumn, FigureHead } from './FigureTable';

interface Props {
  readonly sizes: BatchSizes;
  /** The shift of the step in view, per channel, in σ of the channel, as the noise is. */
  readonly shift: number | undefined;
}

/** What smaller batches would do to the record in view. */
export function BatchSizesView(props: Props) {
  return (
    <>
      <BatchChart {...props} />
      <BatchTable {...props} />
    </>
  );
}

function BatchChart({ sizes, shift }: Props) {
  const { theme } = usePanel();
  const config = useCallback((colors: Theme) => batchSizeChart(sizes, shift, colors), [sizes, shift]);
  const last = sizes.sizes.at(-1);
  return (
    <figure class="batch-chart">
      <figcaption title={t('Random batches of the recorded samples, compared with all of them')}>
        {t('Noise of smaller batches, in σ:')}
        {NOISES.filter((noise) => noise !== 'shift' || shift !== undefined).map((noise) => (
          <span key={noise}>
            <span class="line-key" style={{ borderColor: noiseColor(noise, theme) }} />
            {noiseName(noise)}
          </span>
        ))}
      </figcaption>
      <ChartCanvas
        config={config}
        theme={theme}
        name="batch-sizes"
        label={t(
          'Noise of batch normalization by batch size; {0}',
          last === undefined
            ? t('not known')
            : t('{0} σ in batches of {1}', figure(last.output, 3), last.size),
        )}
      />
    </figure>
  );
}

function BatchTable({ sizes: found, shift }: Props) {
  const { sizes, samples, of, worth, positions } = found;
  if (sizes.length === 0)
    return (
      <section aria-label={t('Batch size')}>
        <p>
          {t(
            'At least four samples that differ are needed to compare batch sizes. This record has {0}.',
            samples,
          )}
        </p>
      </section>
    );
  return (
    <section aria-label={t('Batch size')}>
      <table data-table="batch-sizes">
        <FigureHead columns={batchColumns()} />
        <tbody>
          {sizes.map(({ size, mean, deviation, bias, output }) => (
            <tr key={size} data-size={size}>
              <th scope="row">{size}</th>
              <FigureCell data-field="mean" value={mean}>
                {figure(mean, 3)}
              </FigureCell>
              <FigureCell data-field="deviation" value={deviation}>
                {figure(deviation, 3)}
              </FigureCell>
              <FigureCell data-field="bias" value={bias}>
                {figure(bias, 2)}
              </FigureCell>
              <FigureCell data-field="output" value={output}>
                {figure(output, 3)}
              </FigureCell>
            </tr>
          ))}
        </tbody>
      </table>
      <p data-quiet-size>{quietWords(found, shift)}</p>
      {positions > 1 && Number.isFinite(worth) && (
        <p class="muted">
          {t(
            'One sample, with {0} positions, is worth {1} independent values to the mean of its channel.',
            count(positions),
            figure(worth, 3),
          )}
        </p>
      )}
      {samples < of && (
        <p class="muted">{t('From the first {0} of {1} samples.', count(samples), count(of))}</p>
      )}
      <p class="muted">
        {t('Layer, instance, group, and RMS normalization do not depend on the batch size.')}
      </p>
    </section>
  );
}

function batchColumns(): readonly FigureColumn[] {
  return [
    { key: 'size', label: t('batch') },
    { key: 'mean', label: 'µ', title: t('Deviation of the batch mean, in σ of the channel') },
    {
      key: 'deviation',
      label: 'σ',
      title: t('Deviation of the batch standard deviation, relative to σ'),
    },
    {
      key: 'bias',
      label: t('bias of σ'),
      title: t('Mean of the batch standard deviation, relative to σ'),
    },
    {
      key: 'output',
      label: t('normalized value'),
      title: t('How far a normalized value moves because of the other samples, in σ'),
    },
  ];
}

/** The smallest batch in which the layer's shift is above the noise. */
function quietWords(found: BatchSizes, shift: number | undefined): string {
  if (shift === undefined || Number.isNaN(shift))
    return t('No shift to compare the noise with: this step is not measured from another one.');
  const size = smallestQuietSize(found, shift);
  const moved = figure(shift, 3);
  return size === undefined
    ? t(
        'In batches of up to {0}, the noise is larger than the shift of this step ({1} σ per channel).',
        found.sizes.at(-1)?.size ?? 0,
        moved,
      )
    : t(
        'From batches of {0} on, the noise is smaller than the shift of this step ({1} σ per channel).',
        size,
        moved,
      );
}
