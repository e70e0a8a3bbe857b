import type { LayerEntry, Layout, RecordEntry } from '../../model/catalog';
import type { LayerCheck } from '../../model/check';
import type { FittedFormula, Formula } from '../../model/formula';
import { precisionOf } from '../statistics/precision';
import type { OpenFiles } from '../tensor/openFiles';
import { openTensorOf } from '../tensor/recordValues';
import { type ReadableTensor, tensorPair } from '../tensor/tensorPair';
import { arithmeticOf } from './arithmetic';
import type { Comparison } from './compare';
import {
  type Contradiction,
  carriedEpsilon,
  contradictedAttribute,
  contradictedPart,
  underEpsilon,
} from './contradiction';
import { documentedFormulas } from './declaration';
import { type Fit, fitFormula, isTelling, isWithin } from './fit';
import { readParameters } from './parameters';
import { isQuantized } from './quantized';
import {
  compareFormulas,
  type FormulaWithFigures,
  figuresOf,
  type Recording,
  searchedSize,
} from './recording';
import { isOtherEpsilon } from './slopes';

/** Maximum share of the squared differences that remains under a much better explanation. */
const UNEXPLAINED = 0.25;

/**
 * Determines what a normalization layer computes, from its recorded input, output, and parameters. For an unmodified
 * library class, also checks whether the layer computes the documented formula under its declared ε, groups, and mode.
 * For any other class, checks whether the formula contradicts an attribute of the class. Chunks and units bound the
 * memory.
 *
 * Returns undefined if the result is uncertain: extents differ, parameters are missing, values are not finite, the
 * output is quantized, or the rounding error exceeds the difference to detect. `expected` is the formula of other layers of the class, or of other
 * steps; it is tried first.
 */
export async function checkRecord(
  files: OpenFiles,
  layer: LayerEntry,
  layout: Layout,
  output: RecordEntry,
  input: RecordEntry,
  signal: AbortSignal,
  expected?: FittedFormula,
): Promise<LayerCheck | undefined> {
  const { shape } = output;
  if (shape.join() !== input.shape.join() || layout.length !== shape.length) return undefined;
  const ofInput = precisionOf(input.dtype);
  const ofOutput = precisionOf(output.dtype);
  if (ofInput === undefined || ofOutput === undefined) return undefined;
  const documented = documentedFormulas(layer, shape, layout, input.dtype, output.training ?? layer.training);
  const isCut = input.samples !== undefined || output.samples !== undefined;
  const parameters = await readParameters(files, layer, output);
  if (parameters === undefined) return undefined;
  const opened: ReadableTensor[] = [];
  try {
    for (const record of [input, output]) {
      const each = await openTensorOf(files, record, layout);
      opened.push(each);
      if (!each.axes.cOrder) return undefined;
    }
    const recording: Recording = {
      pair: tensorPair(
        opened,
        shape.reduce((a, b) => a * b, 1),
        signal,
      ),
      shape,
      channelAxis: layout.indexOf('C'),
      parameters,
      rounding: { input: ofInput, output: ofOutput, parameters: parameters.precision ?? ofInput },
      isAsComputed: input.narrowed === undefined && output.narrowed === undefined,
      ...(isCut && layout.includes('N') && { cutAxis: layout.indexOf('N') }),
    };
    const check =
      documented === undefined
        ? ((await asExpected(recording, expected)) ?? (await checkOwn(recording, layer)))
        : await checkDocumented(recording, layer, documented);
    if (check === undefined) return undefined;
    const isContradicted = check.mismatch !== undefined || check.fit.kind === 'none';
    if (isContradicted && (await isQuantized(recording.pair, ofOutput))) return undefined;
    return { ...check, record: output.id };
  } finally {
    for (const { tensor } of opened) await tensor.close();
  }
}

type Check = Omit<LayerCheck, 'record'>;

/** Returns the check of a layer that computes the expected formula; undefined if it does not. */
async function asExpected(
  recording: Recording,
  expected: FittedFormula | undefined,
): Promise<Check | undefined> {
  // The pieces of a reshaped sample depend on its extents.
  if (expected === undefined || expected.formula.units.parts?.kind === 'reshaped') return undefined;
  const { formula, unseen } = expected;
  const { gamma, beta } = recording.parameters;
  const entries = formula.affineAxes.reduce((size, axis) => size * recording.shape[axis], 1);
  const isFitting =
    (formula.scale === 'none' || gamma?.length === entries) && (!formula.shift || beta?.length === entries);
  const searched = searchedSize(recording);
  const placed = isFitting ? await figuresOf(recording, [formula], searched) : undefined;
  if (placed === undefined || placed.length === 0) return undefined;
  const candidates = placed.map((each) => ({ ...each, unseen, simplicity: 0 }));
  const [compared] = (await compareFormulas(recording, candidates, searched)) ?? [];
  if (compared === undefined) return undefined;
  const { comparison } = compared;
  const isRight = isWithin(comparison) && isTelling(comparison);
  if (!isRight || isOtherEpsilon(comparison.epsilon, formula.epsilon)) return undefined;
  return { ...figuresIn(comparison), fit: { kind: 'fitted', fitted: await completed(recording, compared) } };
}

/** Checks the formula of a class that has its own forward pass against the attributes of the class. */
async function checkOwn(recording: Recording, layer: LayerEntry): Promise<Check | undefined> {
  const groups = layer.attributes?.['num_groups'];
  const fit = await fitFormula(recording, {
    epsilon: carriedEpsilon(layer)?.value,
    groups: typeof groups === 'number' ? groups : undefined,
  });
  if (fit?.kind !== 'fitted') return fit && { ...NOTHING_COMPARED, fit };
  const { comparison, found } = fit;
  const { shape, channelAxis } = recording;
  const contradiction = contradictedAttribute(layer, found, comparison, shape, channelAxis);
  const isRight = contradiction !== undefined && (await isSure(recording, fit, contradiction, layer));
  const fitted = await completed(recording, found);
  return {
    ...figuresIn(comparison),
    fit: { kind: 'fitted', fitted },
    ...(isRight && { mismatch: contradiction.mismatch }),
  };
}

/** Number of elements on which to try formulas that agree with an attribute. */
const REFUTED_ON = 1 << 17;

/** Returns whether no formula that agrees with the attribute is within rounding, whatever its divisor. */
async function isSure(
  recording: Recording,
  { possible, proportional, found }: Extract<Fit, { kind: 'fitted' }>,
  { agrees }: Contradiction,
  layer: LayerEntry,
): Promise<boolean> {
  if (possible.some(agrees)) return false;
  const epsilon = carriedEpsilon(layer)?.value ?? found.formula.epsilon;
  const agreeing = proportional.flatMap((each): FormulaWithFigures[] => {
    const { formula } = each;
    const formulas = formula.statistics === 'none' ? [formula] : underEpsilon(formula, epsilon);
    return formulas.filter(agrees).map((one) => ({ ...each, formula: one, unseen: [], simplicity: 0 }));
  });
  if (agreeing.length === 0) return true;
  const count = Math.min(REFUTED_ON, searchedSize(recording));
  const compared = await compareFormulas(recording, agreeing, count, true);
  return compared?.some(({ comparison }) => isWithin(comparison)) === false;
}

const NOTHING_COMPARED = { compared: 0, beyond: 0, greatest: 0, ofBound: 0 };

/**
 * Checks an unmodified library class: first against its documented formulas, then, if none fits, against all others.
 */
async function checkDocumented(
  recording: Recording,
  layer: LayerEntry,
  documented: readonly Formula[],
): Promise<Check | undefined> {
  const { pair, shape, parameters, cutAxis } = recording;
  const entries = (axes: readonly number[]) => axes.reduce((size, axis) => size * shape[axis], 1);
  const { gamma, beta } = parameters;
  const sizeOfAffine = (gamma ?? beta)?.length;
  const known = documented.filter(
    ({ statistics, affineAxes }) =>
      (sizeOfAffine === undefined || sizeOfAffine === entries(affineAxes)) &&
      (statistics !== 'running' || parameters.running?.mean.length === entries(affineAxes)),
  );
  const overCut = ({ statistics, units }: Formula) =>
    statistics === 'input' && cutAxis !== undefined && units.axes.includes(cutAxis);
  if (known.length === 0 || known.some(overCut)) return undefined;
  const placed = await figuresOf(recording, known, pair.size);
  if (placed === undefined) return undefined;
  const asDocumented = placed.map((each): FormulaWithFigures => ({ ...each, unseen: [], simplicity: 0 }));
  const isRight = ({ formula, comparison }: { formula: Formula; comparison: Comparison }) =>
    isWithin(comparison) && !isOtherEpsilon(comparison.epsilon, formula.epsilon);
  let compared = await compareFormulas(recording, asDocumented, pair.size);
  if (compared === undefined || compared.length === 0) return undefined;
  if (!compared.some(isRight)) compared = await compareFormulas(recording, asDocumented, pair.size, true);
  if (compared === undefined) return undefined;
  const right = compared.find(isRight);
  if (right !== undefined) {
    if (!isTelling(right.comparison)) return undefined;
    const fitted = await completed(recording, right);
    return { ...figuresIn(right.comparison), fit: { kind: 'fitted', fitted } };
  }
  const [{ formula: declared, comparison }] = compared;
  const figures = figuresIn(comparison);
  const fit = await fitFormula(recording, { epsilon: declared.epsilon, groups: layer.groups });
  if (fit === undefined) return undefined;
  const perElement = (each: Comparison) => each.squares / each.compared;
  const isBetter =
    fit.kind === 'fitted' && perElement(fit.comparison) <= UNEXPLAINED * perElement(comparison);
  if (fit.kind === 'fitted' && isBetter) {
    const kind = contradictedPart(declared, fit.found.formula);
    const fitted = await completed(recording, fit.found);
    return {
      ...figures,
      fit: { kind: 'fitted', fitted },
      mismatch: { kind, declared: { by: 'class', formula: declared } },
    };
  }
  // No single element exceeds its rounding bound, so only an explanation shows that they do so together.
  if (isWithin(comparison))
    return isTelling(comparison)
      ? { ...figures, fit: { kind: 'fitted', fitted: { formula: declared, unseen: [] } } }
      : undefined;
  return {
    ...figures,
    fit: fit.kind === 'fitted' ? { kind: 'none' } : fit,
    mismatch: { kind: 'unexplained', declared: { by: 'class', formula: declared } },
  };
}

async function completed(recording: Recording, found: FormulaWithFigures): Promise<FittedFormula> {
  const arithmetic = await arithmeticOf(recording, found);
  const { formula, unseen } = found;
  return { formula, unseen, ...(arithmetic !== undefined && { arithmetic }) };
}

function figuresIn({ compared, beyond, greatest, ofBound }: Comparison): Omit<Check, 'fit' | 'mismatch'> {
  return { compared, beyond, greatest, ofBound };
}
