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
    reason: 'A norm that begins to use other statistics gives another output.',
  },
  {
    cause: 'rank-parameters',
    effects: ['rank-data', 'running-statistics', 'moved-first'],
    reason: 'Ranks with other parameters compute other activations.',
  },
  {
    cause: 'small-units',
    effects: ['dead-channels', 'collapsed', 'moved-first'],
    reason: 'A unit of one element gives 0 whatever it reads.',
  },
  {
    cause: 'small-batch',
    effects: ['running-statistics'],
    reason: 'Running statistics are averages of those of the batches.',
  },
  {
    cause: 'input-scale',
    effects: ['depth', 'signal', 'massive', 'number-format', 'saturation', 'dead-channels'],
    reason: 'The first layers pass the size of the input on.',
    isAtOnce: true,
  },
  {
    cause: 'depth',
    effects: ['signal', 'massive', 'number-format', 'saturation', 'dead-channels', 'collapsed'],
    reason: 'A signal that changes tenfold per layer leaves the range of what reads it.',
    isAtOnce: true,
  },
  {
    cause: 'massive',
    effects: ['growth', 'number-format', 'moved-first'],
    reason: 'One channel that is thousands of times as large makes the maximum and most of the spread.',
  },
  {
    cause: 'growth',
    effects: ['number-format', 'moved-first'],
    reason: 'A signal that grows is far from where it was, and nearer to the end of its format.',
  },
  {
    cause: 'growth',
    effects: ['signal', 'massive', 'saturation', 'dead-channels', 'collapsed', 'running-statistics'],
    reason: 'What reads a signal that keeps growing saturates, dies, or lags behind it.',
    isLater: true,
  },
  {
    cause: 'growth',
    effects: ['non-finite'],
    reason: 'A signal that keeps growing overflows.',
    isLater: true,
    isGraver: true,
  },
  {
    cause: 'number-format',
    effects: ['non-finite'],
    reason: 'What lies beyond a format is infinite, and an ε that is 0 in it divides 0 by 0.',
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
    reason: 'What is left of a record with NaN is not the distribution that it was.',
  },
  {
    cause: 'saturation',
    effects: ['signal', 'dead-channels', 'collapsed', 'moved-first'],
    reason: 'A saturated activation gives the same value whatever it reads.',
  },
  {
    cause: 'signal',
    effects: ['moved-first'],
    reason: 'Values that no longer vary with the input are far from where they were, in their own spread.',
  },
  {
    cause: 'dead-channels',
    effects: ['signal', 'collapsed', 'running-statistics', 'moved-first'],
    reason: 'A channel of one value has no variance, and is far from where it was.',
  },
  {
    cause: 'collapsed',
    effects: ['moved-first'],
    reason: 'A spread that shrinks below ε is a shift in scale.',
  },
  {
    cause: 'flat-reference',
    effects: ['moved-first'],
    reason: 'What reads a layer that becomes active moves with it.',
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
  const [upstream, downstream] = [cause, effect].map(({ layer, layers }) => layer ?? layers?.[0]);
  if (upstream === undefined || downstream === undefined || !isOrderKnown(catalog)) return true;
  return downstream >= upstream;
}

/** Number of recorded steps from the start of one finding to the start of another. */
function recordedSteps({ steps }: RunCatalog, from: Finding, to: Finding): number {
  return steps.filter((step) => step > stepOf(from) && step <= stepOf(to)).length;
}
