import { t } from '@vscode/l10n';
import { isEventFile } from '../formats/dumpSuffixes';
import type { FileHeader, RecordInfo } from './fileHeader';

/**
 * Leaves out what event files hold of steps that a later file of the same folder has written again: training that was
 * resumed from a checkpoint. Files follow each other by name, which begins with the time, and each tag for itself, as
 * TensorBoard's data server reads them [tensorboard/data/server/run.rs; reservoir.rs].
 */
export function withoutReplacedSteps(headers: readonly FileHeader[]): readonly FileHeader[] {
  const folders = new Map<string, FileHeader[]>();
  for (const header of headers) {
    if (!isEventFile(header.file.name)) continue;
    const folder = header.file.folders.join('/');
    const known = folders.get(folder);
    if (known === undefined) folders.set(folder, [header]);
    else known.push(header);
  }
  const kept = new Map<FileHeader, FileHeader>();
  for (const files of folders.values()) {
    if (files.length < 2) continue;
    /** The least step that the files after have of each tag. */
    const later = new Map<string, number>();
    for (const header of [...files].sort(byName).reverse()) {
      kept.set(header, withoutLater(header, later));
      for (const { layer = '', fields } of header.tensors)
        later.set(layer, Math.min(later.get(layer) ?? Number.POSITIVE_INFINITY, fields?.step ?? 0));
    }
  }
  return kept.size === 0 ? headers : headers.map((header) => kept.get(header) ?? header);
}

function byName(a: FileHeader, b: FileHeader): number {
  return a.file.name < b.file.name ? -1 : 1;
}

function withoutLater(header: FileHeader, later: ReadonlyMap<string, number>): FileHeader {
  const isReplaced = ({ layer = '', fields }: RecordInfo) =>
    (fields?.step ?? 0) >= (later.get(layer) ?? Number.POSITIVE_INFINITY);
  const replaced = header.tensors.filter(isReplaced);
  if (replaced.length === 0) return header;
  const first = Math.min(...replaced.map(({ fields }) => fields?.step ?? 0));
  return {
    ...header,
    tensors: header.tensors.filter((info) => !isReplaced(info)),
    remarks: [
      ...(header.remarks ?? []),
      t(
        '{0}: a later event file starts again at step {1}, and replaces what was written from there on, as in TensorBoard.',
        header.file.name,
        first,
      ),
    ],
  };
}
