import { t } from '@vscode/l10n';
import { isDefined, METHODS, type Method, type RecordSummary } from '../../src/model/analysis';
import { figure, methodName } from '../format';

/** What is peculiar about a method on a record, in a word or two and in a sentence. */
export interface Badge {
  readonly text: string;
  readonly title: string;
}

/**
 * What a person must know before believing a column: it is that of another method, has no information, or shows ε. Its
 * head has room for one; the others are in the title.
 */
export function methodBadge(method: Method, summary: RecordSummary | undefined): Badge | undefined {
  const [first, ...others] = allBadges(method, summary);
  return first && { text: first.text, title: [first, ...others].map(({ title }) => title).join('\n') };
}

function allBadges(method: Method, summary: RecordSummary | undefined): readonly Badge[] {
  const of = summary?.methods[method];
  if (summary === undefined || of === undefined || !isDefined(of) || method === 'none') return [];
  const same = sameAs(method, summary);
  const elements = summary.finite / of.unitCount;
  const { epsilon } = summary;
  const badges: Badge[] = [];
  if (same !== undefined)
    badges.push({
      text: t('= {0}', methodName(same)),
      title: t('Here {0} and {1} normalize over the same elements.', methodName(method), methodName(same)),
    });
  if (elements === (method === 'rms' ? 1 : 2))
    badges.push({
      text: t('±1 only'),
      title:
        method === 'rms'
          ? t('Each normalized set has one value, which becomes −1 or 1 whatever it was.')
          : t('Each normalized set has two values, which become −1 and 1 whatever they were.'),
    });
  const { unitVariance } = of;
  if (unitVariance !== undefined && unitVariance.min < epsilon && elements > 1)
    badges.push({
      text: unitVariance.max < epsilon ? t('σ² < ε') : t('some σ² < ε'),
      title:
        unitVariance.max < epsilon
          ? t('Every variance is below ε ({0}), so ε determines the scale of the output.', figure(epsilon))
          : t(
              'Some variances are below ε ({0}); in those sets ε determines the scale of the output.',
              figure(epsilon),
            ),
    });
  return badges;
}

/** The method before this one whose sets are the same. */
function sameAs(method: Method, summary: RecordSummary): Method | undefined {
  const { groups, layerScope } = summary;
  const count = (each: Method) => {
    const of = summary.methods[each];
    return isDefined(of) ? of.unitCount : undefined;
  };
  const channels = count('batch');
  const samples = layerScope === 'example' ? count('layer') : undefined;
  const isSame: Partial<Record<Method, Partial<Record<Method, boolean>>>> = {
    instance: { batch: samples === 1, layer: layerScope === 'example' && channels === 1 },
    group: { layer: layerScope === 'example' && groups === 1, instance: groups === channels },
  };
  return METHODS.find((each) => isSame[method]?.[each] === true && count(each) !== undefined);
}
