import type { FileSystem } from '../../io/fileSystem';
import { layoutOf } from '../../model/analysis';
import type { ResidualFigures } from '../../model/residualStream';
import { isAbortError } from '../../rpc/abort';
import { residualFigures } from '../figures/residualFigures';
import { type OpenFiles, openFiles } from '../tensor/openFiles';
import { openTensorOf } from '../tensor/recordValues';
import { tensorPair } from '../tensor/tensorPair';
import type { RunOptions } from './sketchStore';

type Records = Pick<RunOptions, 'catalog' | 'options'>;

const UNKNOWN: ResidualFigures = { share: Number.NaN, angle: Number.NaN };

/**
 * Returns how branches change a residual stream, each from the records before and after it. Reads both records once,
 * side by side. NaN where one of them cannot be read, or where they differ in shape or order in memory.
 */
export async function residuals(
  fileSystem: FileSystem,
  run: Records,
  pairs: readonly (readonly [before: number, after: number])[],
  signal: AbortSignal,
): Promise<readonly ResidualFigures[]> {
  const files = openFiles(fileSystem);
  const found: ResidualFigures[] = [];
  try {
    for (const pair of pairs)
      found.push(
        await ofPair(files, run, pair, signal).catch((error: unknown) => {
          // The record's own result names the problem.
          if (isAbortError(error)) throw error;
          return UNKNOWN;
        }),
      );
    return found;
  } finally {
    await files.closeAll();
  }
}

async function ofPair(
  files: OpenFiles,
  { catalog, options }: Records,
  [from, to]: readonly [before: number, after: number],
  signal: AbortSignal,
): Promise<ResidualFigures> {
  const open = (id: number) => {
    const record = catalog.records[id];
    return openTensorOf(files, record, layoutOf(catalog.layers[record.layer], options));
  };
  const before = await open(from);
  try {
    const after = await open(to);
    try {
      if (JSON.stringify(before.axes.memory) !== JSON.stringify(after.axes.memory)) return UNKNOWN;
      return await residualFigures(tensorPair([before, after], before.axes.size, signal));
    } finally {
      await after.tensor.close();
    }
  } finally {
    await before.tensor.close();
  }
}
