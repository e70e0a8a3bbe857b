import type { LayerEntry } from '../../src/model/catalog';

/** What a filter asks of the figures of a layer, over the steps that it asks about. */
export interface LayerFigures {
  /** Largest shift above noise; NaN if there is none. */
  readonly shift: number;
  /** Smallest and largest figure of the quantity that the map shows; NaN if there is none. */
  readonly min: number;
  readonly max: number;
  readonly nonFinite: boolean;
  readonly dead: boolean;
}

/** A parsed filter. */
export interface LayerFilter {
  /** Figures count from this step on. */
  readonly since: number;
  /** Whether {@link matches} reads figures. */
  readonly needsFigures: boolean;
  matches(layer: Pick<LayerEntry, 'fullName'>, figures: LayerFigures): boolean;
}

type Condition = LayerFilter['matches'];

const COMPARISON = /^(shift|value)(>=|<=|>|<)(\S+)$/i;

/**
 * Parses a filter: terms separated by spaces, all of which a layer must meet. Undefined if there are none.
 *
 * - `conv`: the name contains it, in any case. `bn*`: a part of the name starts with it. `/q|k/`: a regular expression.
 * - `shift>1`, `value<0.5` (also `>=`, `<=`): the largest shift above noise; any figure of the quantity on the map.
 * - `nan`, `dead`: at any step.
 * - `since:100`: figures count from this step on.
 * - `-term`: the opposite.
 */
export function parseFilter(text: string): LayerFilter | undefined {
  let since = Number.NEGATIVE_INFINITY;
  let needsFigures = false;
  const conditions: Condition[] = [];
  for (const term of text.trim().split(/\s+/)) {
    if (term === '') continue;
    const [, step] = /^since:(-?[\d.]+)$/i.exec(term) ?? [];
    if (step !== undefined) {
      since = Number(step);
      needsFigures = true;
      continue;
    }
    const isOpposite = term.length > 1 && term.startsWith('-');
    const asked = isOpposite ? term.slice(1) : term;
    const ofFigures = figureCondition(asked);
    needsFigures ||= ofFigures !== undefined;
    const condition = ofFigures ?? nameCondition(asked);
    conditions.push(isOpposite ? (layer, figures) => !condition(layer, figures) : condition);
  }
  if (conditions.length === 0 && !needsFigures) return undefined;
  // Only a step: what has figures since then.
  if (conditions.length === 0)
    conditions.push((_, { shift, max }) => !Number.isNaN(shift) || !Number.isNaN(max));
  return {
    since,
    needsFigures,
    matches: (layer, figures) => conditions.every((condition) => condition(layer, figures)),
  };
}

function figureCondition(term: string): Condition | undefined {
  if (/^nan$/i.test(term)) return (_, { nonFinite }) => nonFinite;
  if (/^dead$/i.test(term)) return (_, { dead }) => dead;
  const [, of, sign, text] = COMPARISON.exec(term) ?? [];
  const limit = Number(text);
  if (of === undefined || Number.isNaN(limit)) return undefined;
  const isMore = sign.startsWith('>');
  const figureOf = ({ shift, min, max }: LayerFigures) => {
    if (of.toLowerCase() === 'shift') return shift;
    return isMore ? max : min;
  };
  if (isMore) return (_, figures) => (sign === '>' ? figureOf(figures) > limit : figureOf(figures) >= limit);
  return (_, figures) => (sign === '<' ? figureOf(figures) < limit : figureOf(figures) <= limit);
}

function nameCondition(term: string): Condition {
  const pattern = patternOf(term);
  return ({ fullName }) => pattern.test(fullName);
}

function patternOf(term: string): RegExp {
  const [, expression] = /^\/(.+)\/$/.exec(term) ?? [];
  try {
    if (expression !== undefined) return new RegExp(expression, 'i');
  } catch {
    // Not yet a regular expression, while it is typed: plain text.
  }
  const plain = term.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
  if (!term.includes('*')) return new RegExp(plain, 'i');
  return new RegExp(`(?:^|[./])${plain.replace(/\*+/g, '.*')}(?:$|[./])`, 'i');
}
