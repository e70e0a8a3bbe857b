import { t } from '@vscode/l10n';
import { DEFAULT_GROUPS, describeTensor } from '../../src/model/analysis';
import { variantLabel } from '../../src/model/catalog';
import { isOtherRun, type Reference } from '../../src/model/reference';
import { figure } from '../format';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';

/** What a picture shows and where it comes from: the run, layer, step and options, the units, and the version. */
export function captionOf(data: RunData, selection: Selection, version: string): readonly string[] {
  const { catalog, options } = data;
  const { layer, record, summary } = selection;
  const variants = catalog?.variants ?? [];
  const place = [
    catalog?.name ?? data.title,
    layer.fullName,
    describeTensor(layer, options),
    t('step {0}', record.step),
    ...(variants.length > 1 ? [variantLabel(variants[selection.variant])] : []),
  ];
  const settings = [
    t('reference: {0}', referenceName(options.reference, data)),
    t('percentiles {0}', options.percentiles.join(', ')),
    ...(summary === undefined ? [] : [`ε ${figure(summary.epsilon)}`]),
    `G ${summary?.groups ?? options.groups ?? layer.groups ?? DEFAULT_GROUPS}`,
    ...(options.affine === true ? ['γ, β'] : []),
    ...(options.running === true ? [t('running statistics')] : []),
    t('Normscope {0}', version),
  ];
  return [place.join(' · '), settings.join(' · ')];
}

function referenceName(reference: Reference, { other }: RunData): string {
  if (reference === 'first') return t('first step');
  if (isOtherRun(reference)) return other?.title ?? t('another run');
  return reference === 'previous' ? t('previous step') : t('step {0}', reference);
}
