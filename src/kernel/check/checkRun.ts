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

/** Steps that differ before the others of the layer are left out. */
const ENOUGH = 2;

/** Checks that were made before, by record; undefined where a record could not be checked. */
export type KnownChecks = Map<string, LayerCheck | undefined>;

/**
 * Compares the outputs of the run's normalization layers with what they declare, at the first and the last step and
 * between, and tells each result. What cannot be read is left to the analysis to report; `onDefect` gets what else goes
 * wrong with a layer. Throws only the signal's reason.
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

/** Fits of a class's layers that show all of its formula, or none of what others do not show, before one stands for all. */
const ENOUGH_FITS = 2;

/**
 * The formulas of classes with a forward pass of their own, once they are known: other layers of the class, and other
 * steps, are only compared with them. A class is one with the same attributes and the same layout.
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

/** Whether storage took digits away without which layers that are right look wrong. */
function isRounded({ narrowed }: RecordEntry): boolean {
  return narrowed?.overflowed !== undefined || !isResolved(narrowed);
}

/**
 * Which of n steps are checked, since what a layer does seldom changes: the first, the last, and 1, 4, 16, 64, …, which
 * stay the same while a run grows.
 */
function checkedPositions(n: number): number[] {
  const positions = n > 1 ? [0, n - 1] : [0];
  for (let position = 1; position < n - 1; position *= 4) positions.push(position);
  return positions;
}

/**
 * The series of normalization layers whose input is known. Ranks run the same code, so one is enough, unless the layer
 * normalizes over all of them.
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

/** The record that was a record's input: by the recorder's word on this tensor, else by that on the layer. */
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
