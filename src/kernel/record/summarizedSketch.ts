import { t } from '@vscode/l10n';
import type { TensorFile } from '../../formats/tensorFile';
import type { DistributionSummary } from '../../formats/tensorSummary';
import { isDefined, METHODS } from '../../model/analysis';
import type { RecordEntry } from '../../model/catalog';
import { problemError } from '../../model/problem';
import type { RecordOptions } from '../methods/recordOptions';
import { explicitCells } from '../statistics/explicitCells';
import { totalOf } from '../statistics/sketch';
import type { MethodSketch, RecordSketch } from './recordSketch';

/**
 * Makes the sketch of a record whose file contains histograms instead of values. The options are those of the program
 * that computed them; `recordOptions` replaces unknown ones. Throws `malformed` if a histogram is invalid.
 */
export async function summarizedSketch(
  file: TensorFile,
  record: RecordEntry,
  recordOptions: RecordOptions,
): Promise<RecordSketch> {
  if (file.readSummary === undefined)
    throw problemError('changed', record.file, t('The file no longer contains histograms.'), record.tensor);
  const summary = await file.readSummary(record.tensor);
  const methods = Object.fromEntries(
    METHODS.map((method) => {
      const each = summary.methods[method];
      return [method, isDefined(each) ? methodSketch(each, summary.counts.zeros, record) : each];
    }),
  ) as RecordSketch['methods'];
  return {
    layout: summary.layout ?? recordOptions.layout,
    epsilon: summary.epsilon ?? recordOptions.epsilon,
    groups: summary.groups ?? recordOptions.groups,
    layerScope: summary.layerScope ?? recordOptions.layerScope,
    counts: summary.counts,
    ...(summary.firstNonFinite === undefined ? {} : { firstNonFinite: summary.firstNonFinite }),
    methods,
  };
}

function methodSketch(of: DistributionSummary, zeros: number, record: RecordEntry): MethodSketch {
  const { min, max, mean, variance, unitCount = 0, unitMean, unitVariance, halves } = of;
  const cells = explicitCells(of);
  if (cells === undefined) {
    throw problemError(
      'malformed',
      record.file,
      t(
        'Invalid histogram: expected ascending edges and one count per bin, found {0} edges and {1} counts over [{2}, {3}].',
        of.edges.length,
        of.counts.length,
        min,
        max,
      ),
      record.tensor,
    );
  }
  return {
    // Zeros come first in a cell only if it starts at 0.
    sketch: { cells, count: totalOf(cells), min, max, zeros: cells.edges.includes(0) ? zeros : 0 },
    mean,
    variance,
    unitCount,
    ...(unitMean === undefined ? {} : { unitMean }),
    ...(unitVariance === undefined ? {} : { unitVariance }),
    channelMean: of.channelMean ?? new Float64Array(0),
    channelStd: of.channelStd ?? new Float64Array(0),
    ...(halves === undefined ? {} : { halves }),
  };
}
