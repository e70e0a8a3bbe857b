import type { RunCatalog } from '../model/catalog';
import type { Finding, FindingKind } from '../model/findings';
import { byPlace, gravest } from './groups';
import { isOrderKnown } from './layerWords';

/**
 * What may follow from what, with the reason: cause, then the kinds that stand under it. A finding follows from another
 * only if the other begins no later, and no later in the network either.
 */
const CONSEQUENCES: Readonly<Partial<Record<FindingKind, Readonly<Partial<Record<FindingKind, string>>>>>> = {
  'non-finite': {
    'dead-channels': 'A NaN that a comparison or a rectifier meets becomes a constant.',
    collapsed: 'Moments are those of the finite values, of which few are left.',
    'moved-first': 'What is still finite is no longer the same distribution.',
  },
  'dead-channels': {
    collapsed: 'A channel of one value has no variance for the norm behind it.',
    'moved-first': 'Channels that fall to one value are far from where they were.',
  },
  collapsed: {
    'moved-first': 'A spread that shrinks below ε is a shift in scale.',
  },
  'flat-reference': {
    'moved-first': 'The layers that read from these have moved because these have become active.',
  },
};

/** Puts findings that follow from others under them: one level deep, under the first cause. */
export function nestConsequences(catalog: RunCatalog, findings: readonly Finding[]): readonly Finding[] {
  const roots: { finding: Finding; consequences: Finding[] }[] = [];
  /** The root of each finding that was placed, itself if it is one. */
  const rootOf = new Map<Finding, (typeof roots)[number]>();
  for (const finding of causesFirst(findings)) {
    const cause = [...rootOf.keys()].find((earlier) => follows(catalog, earlier, finding));
    const root = cause === undefined ? undefined : rootOf.get(cause);
    if (root === undefined) {
      const fresh = { finding, consequences: [] };
      roots.push(fresh);
      rootOf.set(finding, fresh);
    } else {
      root.consequences.push(finding);
      rootOf.set(finding, root);
    }
  }
  return roots.map(({ finding, consequences }) =>
    consequences.length === 0
      ? finding
      : {
          ...finding,
          severity: gravest([finding, ...consequences].map(({ severity }) => severity)),
          consequences,
        },
  );
}

/** By step; of one step, what causes others before what follows from it. */
function causesFirst(findings: readonly Finding[]): readonly Finding[] {
  const kinds = Object.keys(CONSEQUENCES);
  const rank = ({ kind }: Finding) => (kinds.includes(kind) ? kinds.indexOf(kind) : kinds.length);
  return [...findings].sort((a, b) => (a.step ?? -1) - (b.step ?? -1) || rank(a) - rank(b) || byPlace(a, b));
}

function follows(catalog: RunCatalog, cause: Finding, effect: Finding): boolean {
  if (CONSEQUENCES[cause.kind]?.[effect.kind] === undefined) return false;
  if ((effect.step ?? -1) < (cause.step ?? -1)) return false;
  const [upstream, downstream] = [cause, effect].map(({ layer, layers }) => layer ?? layers?.[0]);
  if (upstream === undefined || downstream === undefined || !isOrderKnown(catalog)) return true;
  return downstream >= upstream;
}
