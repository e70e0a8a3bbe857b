import { t } from '@vscode/l10n';
import type { RunCatalog } from '../model/catalog';
import type { Finding, Jump } from '../model/findings';
import { recordAt, seriesOf } from '../model/series';
import { type FindingsInput, factor, figure } from './input';
import { betweenWords, isOrderKnown } from './layerWords';
import { rmsOf } from './measured';
import { firstJump, type LayerValue, stepBefore } from './origin';

/** Minimum increase along the network that is reported. */
const NOTABLE_JUMP = 2;

/**
 * Adds to a growth finding where in the network growth begins, and a verdict headline if most of the network grows.
 * Growth begins at the first large increase from layer to layer of the root mean square relative to each layer's
 * first record, at the first step that shows it. If the detector names a later layer, the finding moves to that
 * origin. Returns other findings unchanged.
 */
export function withDivergence(input: FindingsInput, finding: Finding): Finding {
  const { kind, severity, layers, step, variant } = finding;
  const layer = finding.layer ?? layers[0];
  if (kind !== 'growth' || layer === undefined || step === undefined || variant === undefined) return finding;
  const { catalog } = input;
  const before = stepBefore(catalog, { layer, step, variant });
  const growth = growthAt(input, step, variant);
  const found = firstJump(catalog, growth);
  const jump = found !== undefined && found.ratio >= NOTABLE_JUMP ? found : undefined;
  const placed: Finding = {
    ...finding,
    ...(before !== undefined && { after: before }),
    ...(jump !== undefined && { jump, ...(jump.to < layer && beginsBefore(catalog, finding, jump, growth)) }),
  };
  return severity === 'error' ? { ...placed, headline: headlineOf(catalog, placed, step) } : placed;
}

/** Root mean square relative to the first record, for every layer that has both records. */
function growthAt(
  { catalog, summaries }: FindingsInput,
  step: number,
  variant: number,
): readonly LayerValue[] {
  return catalog.layers.flatMap(({ id }) => {
    const series = seriesOf(catalog, id, variant);
    const [first, now] = [series[0], recordAt(series, step)].map((record) => {
      const summary = record && summaries.get(record.id);
      return summary === undefined ? Number.NaN : rmsOf(summary);
    });
    const value = now / first;
    return Number.isFinite(value) && value > 0 ? [{ layer: id, value }] : [];
  });
}

/** Location and text for growth that begins before the layer that the detector names. */
function beginsBefore(
  catalog: RunCatalog,
  { layers, step = 0, title, evidence }: Finding,
  { from, to, ratio }: Jump,
  growth: readonly LayerValue[],
): Pick<Finding, 'layer' | 'layers' | 'title' | 'evidence'> {
  const { name } = catalog.layers[to];
  const value = growth.find(({ layer }) => layer === to)?.value ?? Number.NaN;
  return {
    layer: to,
    layers: [...new Set([to, ...layers])].sort((a, b) => a - b),
    title: t('Signal growth starts at {0} by step {1} (× {2})', name, step, factor(ratio)),
    evidence: [
      t(
        'At step {0}, the root mean square of {1} is {2} times its value at the first step. This factor is {3} times that of any earlier layer, the first large increase along the network, {4}.',
        ...[step, name, figure(value), factor(ratio), betweenWords(catalog, from, to)],
      ),
      t('Later in the network: {0}.', title),
      evidence,
    ].join(' '),
  };
}

function headlineOf(catalog: RunCatalog, { jump, layer, layers }: Finding, step: number): string {
  if (!isOrderKnown(catalog))
    return layers.length === 1
      ? t('Diverging from step ≤ {0}, in {1}', step, catalog.layers[layers[0]].name)
      : t('Diverging from step ≤ {0}, in {1} layers', step, layers.length);
  if (jump === undefined || layer === undefined) {
    return layer === undefined
      ? t('Diverging from step ≤ {0}', step)
      : t('Diverging from step ≤ {0}, first in {1}', step, catalog.layers[layer].name);
  }
  const where = betweenWords(catalog, jump.from, jump.to);
  return t('Diverging from step ≤ {0}, starting {1} (× {2})', step, where, factor(jump.ratio));
}
