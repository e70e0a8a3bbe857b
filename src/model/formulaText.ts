import { t } from '@vscode/l10n';
import type { Layout } from './catalog';
import type { FittedFormula, Formula } from './formula';

/**
 * Formats a formula in common notation, with the layer's own numbers: `x/(√mean(x²) + 1e-5) · (1 + γ), over axis 2`.
 * If the recorded values do not determine ε, shows the layer's attribute, or no ε.
 */
export function formulaText(formula: Formula, layout: Layout): string {
  const scale = { none: '', gamma: ' · γ', '1 + gamma': ' · (1 + γ)' }[formula.scale];
  return unitsText(`${quotient(formula)}${scale}${formula.shift ? ' + β' : ''}`, formula, layout);
}

/** Formats a number in common notation: `1e-5`, `1e-3`, `0.0234`. */
export function numberText(value: number): string {
  const short = Number(value.toPrecision(6));
  return short !== 0 && Math.abs(short) < 0.01 ? short.toExponential() : String(short);
}

function quotient(formula: Formula): string {
  if (formula.statistics === 'none') return 'x';
  const mean = formula.statistics === 'running' ? 'running_mean' : 'mean(x)';
  return `${formula.centered ? `(x − ${mean})` : 'x'}/${denominator(formula)}`;
}

function denominator(formula: Formula): string {
  const { place, epsilon } = formula;
  const { moment, root } = momentText(formula);
  if (place === 'no root') return epsilon === 0 ? moment : `(${moment} + ${numberText(epsilon)})`;
  if (epsilon === 0) return root;
  if (place === 'max') return `max(${root}, ${numberText(epsilon)})`;
  return place === 'inside' ? `√(${moment} + ${numberText(epsilon)})` : `(${root} + ${numberText(epsilon)})`;
}

/** The moment V, and its square root. */
function momentText({ statistics, moment, divisor }: Formula): { moment: string; root: string } {
  if (statistics === 'running') return { moment: 'running_var', root: '√running_var' };
  if (moment === 'square') {
    return divisor === '1' ? { moment: 'sum(x²)', root: '‖x‖' } : { moment: 'mean(x²)', root: '√mean(x²)' };
  }
  if (divisor === '1') return { moment: 'sum((x − mean(x))²)', root: '‖x − mean(x)‖' };
  return divisor === 'n'
    ? { moment: 'var(x)', root: 'std(x)' }
    : { moment: 'var(x, n − 1)', root: 'std(x, n − 1)' };
}

function unitsText(core: string, { statistics, units, affineAxes }: Formula, layout: Layout): string {
  const { axes, parts } = units;
  if (statistics === 'none') return t('{0}, without normalization', core);
  if (statistics === 'running') {
    const channel = [...layout].findIndex((_, axis) => !axes.includes(axis));
    return t('{0}, for each index of axis {1}', core, String(affineAxes[0] ?? channel));
  }
  const list = axes.join(', ');
  if (parts === undefined)
    return axes.length === 1 ? t('{0}, over axis {1}', core, list) : t('{0}, over axes {1}', core, list);
  const count = String(parts.count);
  const [axis] = parts.axes;
  if (parts.kind === 'contiguous' && layout[axis] !== 'C' && axes.length > 1)
    return t('{0}, over axes {1} in {2} bands of axis {3}', core, list, count, String(axis));
  if (parts.kind === 'contiguous') {
    return axes.length === 1
      ? t('{0}, over {1} groups of axis {2}', core, count, String(axis))
      : t('{0}, over axes {1} in {2} groups of axis {3}', core, list, count, String(axis));
  }
  if (parts.kind === 'interleaved')
    return t(
      '{0}, over axes {1} in {2} groups that interleave along axis {3}',
      core,
      list,
      count,
      String(axis),
    );
  return t(
    '{0}, over {1} equal parts of each sample, reshaped in the order of axes {2}',
    core,
    count,
    parts.axes.join(', '),
  );
}

/**
 * Returns complete sentences about a formula: what the recorded values do not determine, and how the layer computes
 * it.
 */
export function formulaNotes({ formula, unseen, arithmetic }: FittedFormula): readonly string[] {
  const notes: string[] = [];
  if (unseen.includes('epsilon')) {
    notes.push(
      formula.epsilon === 0
        ? t('ε is not known: it is too small to affect these values.')
        : t('ε is an attribute of the layer: it is too small to affect these values.'),
    );
  } else if (unseen.includes('place')) {
    notes.push(t('These values do not show where ε is added.'));
  }
  if (unseen.includes('digits')) notes.push(t('ε is approximate: these values do not determine its digits.'));
  if (unseen.includes('divisor'))
    notes.push(t('These values do not show whether the variance is divided by n or by n − 1.'));
  if (arithmetic === 'float32') notes.push(t('Computed in float32.'));
  if (arithmetic === 'rounded before gamma') notes.push(t('Computed in float32, and rounded before γ.'));
  if (arithmetic === 'storage type') notes.push(t('Computed in the type of its input.'));
  return notes;
}
