import type { FileSystem } from '../../io/fileSystem';
import { layoutOf } from '../../model/analysis';
import { CASTS, type FormatCast, type FormatCasts } from '../../model/formatCasts';
import { throwIfAborted } from '../../rpc/abort';
import { turns } from '../../rpc/turns';
import { formatCast } from '../figures/formatCasts';
import { readLeadingValues } from '../record/leadingValues';
import { openFiles } from '../tensor/openFiles';
import type { ReadRun } from './sketchStore';

/** Values to cast: enough for shares of one in a million, and ten casts of them take a fraction of a second. */
const MAX_VALUES = 2 ** 20;

/** Returns what casts of a record to several number formats would lose. Reads the record, or its beginning. */
export async function formatCasts(
  fileSystem: FileSystem,
  { catalog, options, recent }: ReadRun,
  id: number,
  signal: AbortSignal,
): Promise<FormatCasts> {
  const open = () => openFiles(fileSystem, recent);
  const record = catalog.records[id];
  const layout = layoutOf(catalog.layers[record.layer], options);
  const read = await readLeadingValues(open, record, layout, MAX_VALUES, signal);
  const turn = turns();
  const casts: FormatCast[] = [];
  for (const cast of CASTS) {
    throwIfAborted(signal);
    casts.push(formatCast(read, cast));
    await turn();
  }
  return { record: id, values: read.values.length, of: read.of, casts };
}
