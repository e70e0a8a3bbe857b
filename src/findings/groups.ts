import { t } from '@vscode/l10n';
import type { RunCatalog } from '../model/catalog';
import { type Finding, SEVERITIES, type Severity } from '../model/findings';
import type { Candidate } from './detector';
import { isOrderKnown, layerNames, unknownOrder } from './layerWords';

/**
 * Joins candidates of one kind, severity and cause, such as a mistake in a class that many layers are of. They are one
 * finding, which begins in the first layer of the network at the earliest step.
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

/** Findings by step, layer and variant; those about the whole run come first. */
export function byPlace(a: Finding, b: Finding): number {
  return (
    (a.step ?? -1) - (b.step ?? -1) || firstLayer(a) - firstLayer(b) || (a.variant ?? 0) - (b.variant ?? 0)
  );
}

/** Id of the layer where a finding begins, or of the first that it touches; −1 where it is about the run. */
function firstLayer({ layer, layers = [] }: Finding): number {
  return layer ?? layers[0] ?? -1;
}

/** What candidates of one cause say together. They are sorted by place. */
function joined(catalog: RunCatalog, members: readonly Candidate[]): Finding {
  // Of one cause the first layer of the network shows best where it lies, at whatever step it was seen there.
  const [first] = [...members].sort((a, b) => firstLayer(a) - firstLayer(b));
  const { cause: _, isOriginKnown, layer, ...rest } = first;
  const ids = members.flatMap((member) => member.layers ?? member.layer ?? []);
  const layers = [...new Set(ids)].sort((a, b) => a - b);
  const finding: Finding = {
    ...rest,
    ...(members[0].step !== undefined && { step: members[0].step }),
    ...(layers.length > 0 && { layers }),
    ...(members.length > 1 && sameElsewhere(catalog, first, members)),
  };
  if (layer === undefined) return finding;
  // A mistake in the code of several layers begins in none of them.
  const isPlaced = isOriginKnown || members.length > 1 || layers.length < 2 || isOrderKnown(catalog);
  if (isPlaced) return { ...finding, layer };
  return { ...finding, evidence: [finding.evidence, unknownOrder(catalog, layers)].join(' ') };
}

/** Words for any kind: those of the first, and where else. */
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
        evidence: [evidence, t('The same in {0}.', names)].join(' '),
      }
    : {
        title: t('{0}, and the same in {1} more layers', title, others.size),
        evidence: [evidence, t('The same in {0} more layers: {1}.', others.size, names)].join(' '),
      };
}

/** The gravest of several severities. */
export function gravest(severities: readonly Severity[]): Severity {
  return SEVERITIES.find((severity) => severities.includes(severity)) ?? 'note';
}
