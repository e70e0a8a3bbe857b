import { t } from '@vscode/l10n';
import type { RunCatalog } from '../model/catalog';
import { type Finding, SEVERITIES, type Severity } from '../model/findings';
import type { Candidate } from './detector';
import { isOrderKnown, layerNames, unknownOrder } from './layerWords';

/**
 * Merges candidates with the same kind, severity, and cause, such as a mistake in a class that many layers use. The
 * merged finding begins in the first layer of the network, at the earliest step.
 */
export function joinCandidates(catalog: RunCatalog, candidates: readonly Candidate[]): readonly Finding[] {
  const groups = new Map<unknown, Candidate[]>();
  for (const candidate of [...candidates].sort(byPlace)) {
    const { kind, severity, cause } = candidate;
    const key = cause === undefined ? candidate : JSON.stringify([kind, severity, cause]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [candidate]);
    else known.push(candidate);
  }
  return [...groups.values()].map((members) => joined(catalog, members));
}

/** Compares findings by step, layer, and variant. Findings about the whole run come first. */
export function byPlace(a: Finding, b: Finding): number {
  return (
    (a.step ?? -1) - (b.step ?? -1) || firstLayer(a) - firstLayer(b) || (a.variant ?? 0) - (b.variant ?? 0)
  );
}

/** Id of the layer where a finding begins, or of the first layer it affects; −1 if it is about the whole run. */
function firstLayer({ layer, layers }: Finding): number {
  return layer ?? layers[0] ?? -1;
}

/** Merges candidates with one cause. `members` are sorted by place. */
function joined(catalog: RunCatalog, members: readonly Candidate[]): Finding {
  // Members share one cause, so the first layer in the network locates it best, regardless of the step.
  const [first] = [...members].sort((a, b) => firstLayer(a) - firstLayer(b));
  const { cause: _, isOriginKnown, layer, ...rest } = first;
  const ids = members.flatMap((member) => member.layers);
  const layers = [...new Set(ids)].sort((a, b) => a - b);
  const finding: Finding = {
    ...rest,
    ...(members[0].step !== undefined && { step: members[0].step }),
    layers,
    ...(members.length > 1 && sameElsewhere(catalog, first, members)),
  };
  if (layer === undefined) return finding;
  // A mistake in a class that several layers use originates in no single layer.
  const isPlaced = isOriginKnown || members.length > 1 || layers.length < 2 || isOrderKnown(catalog);
  if (isPlaced) return { ...finding, layer };
  return { ...finding, evidence: [finding.evidence, unknownOrder(catalog, layers)].join(' ') };
}

/** Text of the first member, extended by the other affected layers. Works for any kind. */
function sameElsewhere(
  catalog: RunCatalog,
  { layer: first, title, evidence }: Candidate,
  members: readonly Candidate[],
): Pick<Finding, 'title' | 'evidence'> {
  const others = new Set(
    members.flatMap(({ layer }) => (layer === undefined || layer === first ? [] : [layer])),
  );
  const names = layerNames(catalog, others);
  if (others.size === 0) return { title, evidence };
  return others.size === 1
    ? {
        title: t('{0}, and the same in one more layer', title),
        evidence: [evidence, t('The same applies to {0}.', names)].join(' '),
      }
    : {
        title: t('{0}, and the same in {1} more layers', title, others.size),
        evidence: [evidence, t('The same applies to {0} more layers: {1}.', others.size, names)].join(' '),
      };
}

/** Returns the most severe of several severities. */
export function gravest(severities: readonly Severity[]): Severity {
  return SEVERITIES.find((severity) => severities.includes(severity)) ?? 'note';
}
