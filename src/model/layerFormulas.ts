import { t } from '@vscode/l10n';
import type { RunCatalog } from './catalog';
import type { LayerCheck } from './check';
import type { FittedFormula, Formula, Unseen } from './formula';
import { formulaNotes, formulaText } from './formulaText';

/** The formula of a normalization layer at some of its steps, as text. */
export interface LayerFormula {
  /** Index into the catalog's layers. */
  readonly layer: number;
  /** Index into the catalog's variants. */
  readonly variant: number;
  /** Steps at which it was checked, in ascending order. */
  readonly steps: readonly number[];
  /** Such as `x/√(mean(x²) + 1e-6) · γ, over axis 2`; absent if unknown. */
  readonly formula?: string;
  /** Complete sentences about what is unknown, or why the formula is unknown, and how the layer computes it. */
  readonly notes: readonly string[];
}

type Fit = LayerCheck['fit'];

interface Group {
  readonly layer: number;
  readonly variant: number;
  readonly steps: number[];
  fit: Fit;
}

/**
 * Returns the formulas of all checked layers, by layer and variant, with one entry for each formula that differs from
 * the previous one. If one step determines the formula less completely than another, the more complete formula
 * applies to both.
 */
export function layerFormulas(
  { layers, records }: Pick<RunCatalog, 'layers' | 'records'>,
  checks: Iterable<LayerCheck>,
): readonly LayerFormula[] {
  const groups: Group[] = [];
  const ordered = [...checks].flatMap(({ record, fit }) => {
    const entry = records[record];
    return entry === undefined ? [] : [{ entry, fit }];
  });
  ordered.sort(
    (a, b) =>
      a.entry.layer - b.entry.layer || a.entry.variant - b.entry.variant || a.entry.step - b.entry.step,
  );
  for (const { entry, fit } of ordered) {
    const { layer, variant, step } = entry;
    const last = groups.at(-1);
    const isSame = last?.layer === layer && last.variant === variant;
    const common = isSame ? clearer(last.fit, fit) : undefined;
    if (last === undefined || common === undefined) {
      groups.push({ layer, variant, steps: [step], fit });
    } else {
      last.steps.push(step);
      last.fit = common;
    }
  }
  return groups.map(({ fit, ...group }) => ({ ...group, ...inWords(fit, layers[group.layer].layout) }));
}

/**
 * Returns the formula to show at a step: that of the last checked step up to it, or the first formula if there is
 * none.
 */
export function formulaAt(
  formulas: readonly LayerFormula[],
  { layer, variant, step }: { readonly layer: number; readonly variant: number; readonly step: number },
): LayerFormula | undefined {
  const ofLayer = formulas.filter((each) => each.layer === layer);
  const ofVariant = ofLayer.filter((each) => each.variant === variant);
  const known = ofVariant.length > 0 ? ofVariant : ofLayer;
  return known.filter(({ steps }) => steps[0] <= step).at(-1) ?? known[0];
}

function inWords(fit: Fit, layout: string): Pick<LayerFormula, 'formula' | 'notes'> {
  if (fit.kind === 'fitted')
    return { formula: formulaText(fit.fitted.formula, layout), notes: formulaNotes(fit.fitted) };
  if (fit.kind === 'none')
    return { notes: [t('Not known: no formula that Normscope tries gives the recorded output.')] };
  const [first, second] = fit.formulas.map((each) => formulaText(each, layout));
  return { notes: [t('Not known: “{0}” and “{1}” give the recorded output equally well.', first, second)] };
}

/**
 * Returns the more completely determined of two fits at different steps if they can have the same formula; otherwise
 * undefined.
 */
function clearer(a: Fit, b: Fit): Fit | undefined {
  if (a.kind === 'none' || b.kind === 'none') return a.kind === b.kind ? a : undefined;
  if (a.kind === 'rivals' && b.kind === 'rivals') return a;
  if (a.kind === 'fitted' && b.kind === 'fitted') {
    if (!mayBeOne(a.fitted, b.fitted)) return undefined;
    return b.fitted.unseen.length < a.fitted.unseen.length ? b : a;
  }
  const fitted = a.kind === 'fitted' ? a : b;
  const rivals = a.kind === 'rivals' ? a : b;
  if (fitted.kind !== 'fitted' || rivals.kind !== 'rivals') return undefined;
  const key = structureKey(fitted.fitted.formula);
  return rivals.formulas.some((each) => structureKey(each) === key) ? fitted : undefined;
}

function mayBeOne(a: FittedFormula, b: FittedFormula): boolean {
  const isSeen = (part: Unseen) => !a.unseen.includes(part) && !b.unseen.includes(part);
  const differ = (part: 'epsilon' | 'place' | 'divisor') =>
    isSeen(part) && a.formula[part] !== b.formula[part];
  if (structureKey(a.formula) !== structureKey(b.formula) || a.formula.moment !== b.formula.moment)
    return false;
  // If the place of ε is unknown, the value of ε depends on it.
  return (
    !differ('divisor') && !differ('place') && !(isSeen('place') && isSeen('digits') && differ('epsilon'))
  );
}

/** Returns a text key for everything in a formula except the divisor of x − µ. */
export function structureKey({ statistics, units, centered, scale, shift, affineAxes }: Formula): string {
  return JSON.stringify([statistics, units, centered, scale, shift, affineAxes]);
}
