/**
 * Whether the findings of a run say what was planted in it. Pure functions over the report's JSON.
 *
 * @typedef {object} Finding as the report gives it
 * @property {string} kind
 * @property {'error' | 'warning' | 'note'} severity
 * @property {string} [layer] full name
 * @property {number} [step]
 * @property {string} title
 * @property {string} evidence
 * @property {string} [advice]
 * @property {string} [why]
 * @property {Finding[]} [consequences]
 *
 * @typedef {object} Expected what Expected in training.py writes
 * @property {(keyof typeof KINDS)[]} causes
 * @property {string[] | null} layers globs
 * @property {[number, number]} steps
 * @property {string | null} says a regular expression
 *
 * @typedef {object} Score
 * @property {boolean} found a finding, at any place in the list, says what happened
 * @property {boolean} layer one of these has the layer too
 * @property {boolean} step one of these has the step too
 * @property {number | undefined} rank place of the first that has all, from 1; of those that stand on their own
 */

/** The kinds of finding that say what happened. */
const KINDS = {
  formula: ['declared', 'formula'],
  growth: ['growth', 'depth'],
  'non-finite': ['non-finite', 'number-format'],
  saturation: ['saturation'],
  dead: ['dead-channels'],
  collapse: ['collapsed'],
  massive: ['massive'],
  input: ['input-scale'],
  mode: ['mode'],
  running: ['running-statistics'],
  ranks: ['ranks', 'rank-data', 'rank-parameters'],
  batch: ['small-units', 'small-batch'],
  axis: ['channel-axis'],
};

/** How many lines a person reads first. */
export const FIRST_LINES = 3;

/**
 * @param {readonly Finding[]} findings
 * @param {Expected} expected
 * @returns {Score}
 */
export function score(findings, expected) {
  const all = findings.flatMap((each) => [each, ...(each.consequences ?? [])]);
  const named = all.filter((each) => hasKind(each, expected));
  const placed = named.filter((each) => hasLayer(each, expected));
  const index = findings.findIndex(
    (each) => hasKind(each, expected) && hasLayer(each, expected) && hasStep(each, expected),
  );
  return {
    found: named.length > 0,
    layer: placed.length > 0,
    step: placed.some((each) => hasStep(each, expected)),
    rank: index < 0 ? undefined : index + 1,
  };
}

/** @param {Score} score */
export function isHit({ rank }) {
  return rank !== undefined && rank <= FIRST_LINES;
}

/**
 * The errors and warnings of a run, each of which is false where nothing is wrong.
 *
 * @param {readonly Finding[]} findings
 */
export function alarms(findings) {
  const count = (/** @type {Finding['severity']} */ severity) =>
    findings.filter((each) => each.severity === severity).length;
  return { errors: count('error'), warnings: count('warning') };
}

/**
 * @param {Finding} finding
 * @param {Expected} expected
 */
function hasKind({ kind, title, evidence, why = '', advice = '' }, { causes, says }) {
  return (
    causes.some((cause) => KINDS[cause].includes(kind)) &&
    (says === null || new RegExp(says).test([title, evidence, why, advice].join('\n')))
  );
}

/**
 * @param {Finding} finding
 * @param {Expected} expected
 */
function hasLayer({ layer }, { layers }) {
  return layers === null || (layer !== undefined && layers.some((glob) => globExpression(glob).test(layer)));
}

/**
 * @param {Finding} finding
 * @param {Expected} expected
 */
function hasStep({ step }, { steps: [from, to] }) {
  return step !== undefined && from <= step && step <= to;
}

/** @param {string} glob in which `*` stands for any characters */
function globExpression(glob) {
  const parts = glob.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
