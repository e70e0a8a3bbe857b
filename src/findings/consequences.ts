import type { RunCatalog } from '../model/catalog';
import { type Finding, type FindingKind, SEVERITIES } from '../model/findings';
import { byPlace, gravest } from './groups';
import { isOrderKnown } from './layerWords';

/** Which kinds of findings a cause can lead to, and why. */
interface Rule {
  readonly cause: FindingKind;
  readonly effects: readonly FindingKind[];
  readonly reason: string;
  /** True if the effect must begin at a later step. At the same step, it is more informative than the cause. */
  readonly isLater?: true;
  /** True if the effect may be more severe than the cause. Otherwise, a more severe effect is a separate finding. */
  readonly isGraver?: true;
  /** True if the effect must begin at the same recorded step or the next. A later effect has its own cause. */
  readonly isAtOnce?: true;
}

/**
 * Causes and their effects, sorted so that the causes of most other kinds come first. An effect begins no earlier
 * than its cause, neither in time nor in the network. A note causes only other notes, unless the rule sets
 * `isGraver`.
 */
const RULES: readonly Rule[] = [
  {
    cause: 'mode',
    effects: ['running-statistics', 'moved-first'],
    reason: 'A norm that switches to other statistics has a different output.',
  },
  {
    cause: 'rank-parameters',
    effects: ['rank-data', 'running-statistics', 'moved-first'],
    reason: 'Ranks with different parameters compute different activations.',
  },
  {
    cause: 'small-units',
    effects: ['dead-channels', 'collapsed', 'moved-first'],
    reason: 'A unit of one element outputs 0 for every input.',
  },
  {
    cause: 'small-batch',
    effects: ['running-statistics'],
    reason: 'Running statistics are averages of batch statistics.',
  },
  {
    cause: 'input-scale',
    effects: ['depth', 'signal', 'massive', 'number-format', 'saturation', 'dead-channels'],
    reason: 'The first layers propagate the scale of the input.',
    isAtOnce: true,
  },
  {
    cause: 'depth',
    effects: ['signal', 'massive', 'number-format', 'saturation', 'dead-channels', 'collapsed'],
    reason: 'A signal that grows or shrinks with depth leaves the range of later layers.',
    isAtOnce: true,
  },
  {
    cause: 'massive',
    effects: ['growth', 'number-format', 'moved-first'],
    reason: 'One massive channel determines the maximum and most of the spread.',
  },
  {
    cause: 'growth',
    effects: ['number-format', 'moved-first'],
    reason: 'A growing signal shifts, and approaches the limit of its number format.',
  },
  {
    cause: 'growth',
    effects: ['signal', 'massive', 'saturation', 'dead-channels', 'collapsed', 'running-statistics'],
    reason: 'Layers that read a growing signal saturate or die, and running statistics lag.',
    isLater: true,
  },
  {
    cause: 'growth',
    effects: ['non-finite'],
    reason: 'A growing signal overflows in the end.',
    isLater: true,
    isGraver: true,
  },
  {
    cause: 'number-format',
    effects: ['non-finite'],
    reason: 'Values beyond the range of a format are infinite, and an ε that is 0 in it leads to 0/0.',
    isGraver: true,
  },
  {
    cause: 'non-finite',
    effects: [
      'growth',
      'signal',
      'number-format',
      'massive',
      'saturation',
      'dead-channels',
      'collapsed',
      'running-statistics',
      'moved-first',
    ],
    reason: 'The finite values of a record with NaN are no longer the whole distribution.',
  },
  {
    cause: 'saturation',
    effects: ['signal', 'dead-channels', 'collapsed', 'moved-first'],
    reason: 'A saturated activation has nearly the same output for every input.',
  },
  {
    cause: 'signal',
    effects: ['moved-first'],
    reason: 'Values that no longer vary with the input shift by many times their own spread.',
  },
  {
    cause: 'dead-channels',
    effects: ['signal', 'collapsed', 'running-statistics', 'moved-first'],
    reason: 'A constant channel has no variance, and has shifted.',
  },
  {
    cause: 'collapsed',
    effects: ['moved-first'],
    reason: 'A spread that shrinks below ε is a shift in scale.',
  },
  {
    cause: 'flat-reference',
    effects: ['moved-first'],
    reason: 'Layers that read a newly active layer shift with it.',
  },
];

/** Nests findings under their first cause, one level deep. */
export function nestConsequences(catalog: RunCatalog, findings: readonly Finding[]): readonly Finding[] {
  const roots: { finding: Finding; consequences: Finding[] }[] = [];
  /** The root of each placed finding; a root maps to itself. */
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

/** Sorts by step. Within a step, causes come before their effects. */
function causesFirst(findings: readonly Finding[]): readonly Finding[] {
  const rank = ({ kind }: Finding) => {
    const first = RULES.findIndex(({ cause }) => cause === kind);
    return first < 0 ? RULES.length : first;
  };
  return [...findings].sort((a, b) => stepOf(a) - stepOf(b) || rank(a) - rank(b) || byPlace(a, b));
}

/** A finding without a step applies from the start of the run. */
function stepOf({ step }: Finding): number {
  return step ?? Number.NEGATIVE_INFINITY;
}

function follows(catalog: RunCatalog, cause: Finding, effect: Finding): boolean {
  const rule = RULES.find((each) => each.cause === cause.kind && each.effects.includes(effect.kind));
  if (rule === undefined) return false;
  const isGraver = SEVERITIES.indexOf(effect.severity) < SEVERITIES.indexOf(cause.severity);
  if (isGraver && rule.isGraver !== true) return false;
  const isInTime = rule.isLater ? stepOf(effect) > stepOf(cause) : stepOf(effect) >= stepOf(cause);
  if (!isInTime || (rule.isAtOnce && recordedSteps(catalog, cause, effect) > 1)) return false;
  const [upstream, downstream] = [cause, effect].map(({ layer, layers }) => layer ?? layers[0]);
  if (upstream === undefined || downstream === undefined || !isOrderKnown(catalog)) return true;
  return downstream >= upstream;
}

/** Number of recorded steps from the start of one finding to the start of another. */
function recordedSteps({ steps }: RunCatalog, from: Finding, to: Finding): number {
  return steps.filter((step) => step > stepOf(from) && step <= stepOf(to)).length;
}
