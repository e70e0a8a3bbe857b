import { t } from '@vscode/l10n';
import type { RunCatalog } from '../model/catalog';
import { type Finding, SEVERITIES, type Severity } from '../model/findings';
import type { Candidate } from './detector';
import { isOrderKnown, layerNames, unknownOrder } from './layerWords';

/** Share of the network from which on a warning is an error. */
const LARGE_SHARE = 0.5;
/** Share of the network below which a warning is a note: one of 64 channels in one of 24 layers is 0.0007. */
const SMALL_SHARE = 0.005;

/**
 * Joins candidates of one kind and severity that begin together: each at the step of another or at the recorded step
 * after it; or that have one cause, which lies in the code and not in a step. So a fault that shows in a convolution,
 * its norm and its activation is one finding. Candidates that name their layers were joined by their detector.
 */
export function joinCandidates(catalog: RunCatalog, candidates: readonly Candidate[]): readonly Finding[] {
  const positions = new Map(catalog.steps.map((step, position) => [step, position]));
  const byKind = new Map<string, Group[]>();
  const groups: Group[] = [];
  for (const candidate of [...candidates].sort(byPlace)) {
    const { kind, severity, cause, step, layer, layers } = candidate;
    const position = step === undefined ? undefined : positions.get(step);
    // One that is about the run, or names all its layers, is whole.
    const isPart = position !== undefined && layer !== undefined && layers === undefined;
    const key = isPart ? JSON.stringify([kind, severity, cause]) : '';
    const alike = byKind.get(key) ?? [];
    const isTogether = ({ last }: Group) => cause !== undefined || (position ?? 0) <= last + 1;
    const group = isPart ? alike.find(isTogether) : undefined;
    if (group === undefined) {
      const fresh = { members: [candidate], last: position ?? 0 };
      groups.push(fresh);
      if (isPart) byKind.set(key, [...alike, fresh]);
    } else {
      group.members.push(candidate);
      group.last = Math.max(group.last, position ?? 0);
    }
  }
  return groups.map(({ members }) =>
    members.length === 1 ? whole(catalog, members[0]) : joined(catalog, fromOrigin(members)),
  );
}

/** Of one cause the first layer of the network shows best where it lies, at whatever step it was seen there. */
function fromOrigin(members: readonly Candidate[]): readonly Candidate[] {
  const [{ cause, step }] = members;
  if (cause === undefined || step === undefined) return members;
  const [first, ...others] = [...members].sort((a, b) => (a.layer ?? -1) - (b.layer ?? -1));
  return [{ ...first, step }, ...others];
}

interface Group {
  readonly members: Candidate[];
  /** Position of the last step at which one of them begins. */
  last: number;
}

/** Findings by step, layer and variant; those about the whole run come first. */
export function byPlace(a: Finding, b: Finding): number {
  return (
    (a.step ?? -1) - (b.step ?? -1) ||
    (a.layer ?? a.layers?.[0] ?? -1) - (b.layer ?? b.layers?.[0] ?? -1) ||
    (a.variant ?? 0) - (b.variant ?? 0)
  );
}

/**
 * A candidate as a finding. If its detector has joined several layers, the first of them counts as one only if their
 * order is known.
 */
function whole(catalog: RunCatalog, candidate: Candidate): Finding {
  const { cause: _, share: __, join: ___, isOriginKnown, layer, ...rest } = candidate;
  const layers = rest.layers ?? (layer === undefined ? [] : [layer]);
  const finding = {
    ...rest,
    severity: severityOf(catalog, [candidate]),
    ...(layers.length > 0 && { layers }),
  };
  if (layer === undefined) return finding;
  if (isOriginKnown || layers.length < 2 || isOrderKnown(catalog)) return { ...finding, layer };
  return { ...finding, evidence: [finding.evidence, unknownOrder(catalog, layers)].join(' ') };
}

/** What several candidates say together. They are sorted, the origin first. */
function joined(catalog: RunCatalog, members: readonly Candidate[]): Finding {
  const [{ cause: _, share: __, join, isOriginKnown: ___, ...first }] = members;
  const layers = [...new Set(members.flatMap(({ layer }) => layer ?? []))].sort((a, b) => a - b);
  const words = layers.length < 2 ? {} : (join?.(members) ?? sameElsewhere(catalog, members, layers));
  const finding = { ...first, ...words, layers, severity: severityOf(catalog, members) };
  const atStep = new Set(members.filter(({ step }) => step === first.step).map(({ layer }) => layer));
  if (isOrderKnown(catalog) || atStep.size < 2) return finding;
  const { layer: ____, ...placeless } = finding;
  return { ...placeless, evidence: [finding.evidence, unknownOrder(catalog, layers)].join(' ') };
}

/** Words for any kind: those of the first, and where else. */
function sameElsewhere(
  catalog: RunCatalog,
  [{ layer: first, title, evidence }]: readonly Candidate[],
  layers: readonly number[],
): Pick<Finding, 'title' | 'evidence'> {
  const others = layers.filter((layer) => layer !== first);
  const names = layerNames(catalog, others);
  return others.length === 1
    ? {
        title: t('{0}, and the same in one more layer', title),
        evidence: [evidence, t('The same in {0}.', names)].join(' '),
      }
    : {
        title: t('{0}, and the same in {1} more layers', title, others.length),
        evidence: [evidence, t('The same in {0} more layers: {1}.', others.length, names)].join(' '),
      };
}

/** The severity of candidates together: a warning follows the share of the network that they touch. */
function severityOf({ layers }: RunCatalog, members: readonly Candidate[]): Severity {
  const [{ severity }] = members;
  if (severity !== 'warning' || members.some(({ share }) => share === undefined)) return severity;
  const byLayer = new Map<number | undefined, number>();
  for (const { layer, share = 0 } of members) byLayer.set(layer, Math.max(byLayer.get(layer) ?? 0, share));
  const share = [...byLayer.values()].reduce((sum, each) => sum + each, 0) / Math.max(1, layers.length);
  if (share >= LARGE_SHARE) return 'error';
  return share < SMALL_SHARE ? 'note' : 'warning';
}

/** The gravest of several severities. */
export function gravest(severities: readonly Severity[]): Severity {
  return SEVERITIES.find((severity) => severities.includes(severity)) ?? 'note';
}
