import { type AnalysisOptions, layoutOf } from '../../model/analysis';
import type { LayerEntry, RecordEntry, RunCatalog } from '../../model/catalog';
import type { LayerCheck } from '../../model/check';
import type { FittedFormula } from '../../model/formula';
import { isDefect } from '../../model/problem';
import { allSeries, recordAt, type Series, seriesOf } from '../../model/series';
import { isResolved } from '../../model/storage';
import { throwIfAborted } from '../../rpc/abort';
import type { OpenFiles } from '../tensor/openFiles';
import { checkRecord } from './checkRecord';

/** Once a layer has this number of differing steps, its other steps are skipped. */
const ENOUGH = 2;

/** Earlier checks, by record; undefined for a record that could not be checked. */
export type KnownChecks = Map<string, LayerCheck | undefined>;

/**
 * Compares the outputs of the run's normalization layers with their declarations, at the first step, the last step, and
 * some in between, and reports each result. The analysis reports files that cannot be read; `onDefect` receives all
 * other errors. Throws only the signal's reason.
 */
export async function checkRun(
  files: OpenFiles,
  catalog: RunCatalog,
  options: AnalysisOptions,
  known: KnownChecks,
  signal: AbortSignal,
  tell: (check: LayerCheck) => void,
  onDefect: (error: unknown) => void = () => {},
): Promise<void> {
  const find = inputFinder(catalog);
  const formulas = formulasByClass();
  for (const series of checkedSeries(catalog)) {
    const layer = catalog.layers[series[0].layer];
    const layout = layoutOf(layer, options);
    let different = 0;
    for (const position of checkedPositions(series.length)) {
      if (different >= ENOUGH) break;
      const output = series[position];
      const input = find(output, layer);
      if (input === undefined || output.summarized === true || input.summarized === true) continue;
      if (isRounded(output) || isRounded(input)) continue;
      const { epsilon, groups, module, attributes } = layer;
      const key = JSON.stringify([output, input.tensor, layout, epsilon, groups, module, attributes]);
      let check = known.get(key);
      if (check === undefined && !known.has(key)) {
        try {
          check = await checkRecord(files, layer, layout, output, input, signal, formulas.of(layer));
          if (check !== undefined) formulas.add(layer, check);
        } catch (error) {
          throwIfAborted(signal);
          if (isDefect(error)) onDefect(error);
        }
        known.set(key, check);
      }
      if (check === undefined) continue;
      if (check.mismatch !== undefined) different++;
      tell(check);
    }
  }
}

/** Number of layers of a class whose fits must agree before one formula stands for the whole class. */
const ENOUGH_FITS = 2;

/**
 * Keeps the known formulas of classes that have their own forward pass. Other layers of the class, and other steps, are
 * only compared with them. Layers belong to the same class if they have the same attributes and the same layout.
 */
function formulasByClass() {
  const known = new Map<string, { readonly fitted: FittedFormula; readonly fits: number }>();
  const keyOf = ({ class: own, attributes, layout }: LayerEntry) =>
    own === undefined ? undefined : JSON.stringify([own, attributes, layout]);
  return {
    of: (layer: LayerEntry): FittedFormula | undefined => {
      const entry = known.get(keyOf(layer) ?? '');
      return entry !== undefined && (entry.fitted.unseen.length === 0 || entry.fits >= ENOUGH_FITS)
        ? entry.fitted
        : undefined;
    },
    add: (layer: LayerEntry, { fit, mismatch }: LayerCheck): void => {
      const key = keyOf(layer);
      if (key === undefined || fit.kind !== 'fitted' || mismatch !== undefined) return;
      known.set(key, { fitted: fit.fitted, fits: (known.get(key)?.fits ?? 0) + 1 });
    },
  };
}

/** Returns whether storage lost so many digits that correct layers look wrong. */
function isRounded({ narrowed }: RecordEntry): boolean {
  return narrowed?.overflowed !== undefined || !isResolved(narrowed);
}

/**
 * Selects which of n steps to check, because the computation of a layer seldom changes: the first, the last, and steps
 * 1, 4, 16, 64, and so on, which stay the same while a run grows.
 */
function checkedPositions(n: number): number[] {
  const positions = n > 1 ? [0, n - 1] : [0];
  for (let position = 1; position < n - 1; position *= 4) positions.push(position);
  return positions;
}

/**
 * Returns the series of normalization layers with a known input. All ranks run the same code, so one rank is enough
 * unless the layer normalizes over all ranks.
 */
function checkedSeries(catalog: RunCatalog): readonly Series[] {
  return allSeries(catalog).filter(([{ layer, variant }]) => {
    const { input, module } = catalog.layers[layer];
    if (input === undefined) return false;
    const { rank, ranks } = catalog.variants[variant];
    if (ranks === undefined && rank === undefined) return true;
    const isSynchronized = module?.endsWith('SyncBatchNorm') === true;
    const least = Math.min(...catalog.variants.flatMap((each) => each.rank ?? []));
    return isSynchronized ? ranks !== undefined : rank === least;
  });
}

/** Finds the record of a record's input, as the recorder states it for this tensor or, failing that, for the layer. */
function inputFinder(
  catalog: RunCatalog,
): (output: RecordEntry, layer: LayerEntry) => RecordEntry | undefined {
  const byTensor = new Map<string, RecordEntry>();
  for (const record of catalog.records) {
    if (record.parts === undefined && record.removed !== true)
      byTensor.set(`${record.file}\n${record.tensor}`, record);
  }
  return (output, layer) => {
    const said = output.input === undefined ? undefined : byTensor.get(`${output.file}\n${output.input}`);
    if (said !== undefined && output.parts === undefined) return said;
    const read = said?.layer ?? layer.input;
    return read === undefined ? undefined : recordAt(seriesOf(catalog, read, output.variant), output.step);
  };
}
