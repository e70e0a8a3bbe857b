import { baseName, parentUri } from '../../io/uri';
import { SIDECAR_NAME } from '../../run/listing/fileKinds';
import { parseName, STRICT_GRAMMAR } from '../../run/naming/naming';

/** Lists the names in a folder; rejects if it cannot be listed. */
export type ListNames = (folder: string) => Promise<readonly string[]>;

/**
 * What a double click on a dump file opens: the run that the file is a step of, or the file alone. A folder is a run if
 * it has a sidecar, or another entry whose name differs only in its numbers (`step_000200.npz` beside
 * `step_000100.npz`). Checks the folder of the file and its parent folder, which is the run if the folder of the file is
 * one step (`step_000100/conv1.npy` lies beside another layer, `conv2.npy`).
 */
export async function runRootOf(file: string, listNames: ListNames): Promise<string> {
  const inner = parentUri(file);
  const outer = parentUri(inner);
  const namesIn = async (folder: string) =>
    folder === '' ? [] : await listNames(folder).catch((): string[] => []);
  const inside = await namesIn(inner);
  if (inside.includes(SIDECAR_NAME)) return inner;
  const around = await namesIn(outer);
  const isOneOfSeveral = hasSibling(baseName(inner), around);
  if (around.includes(SIDECAR_NAME) || (isOneOfSeveral && saysWhen(baseName(inner)))) return outer;
  if (hasSibling(baseName(file), inside)) return inner;
  return isOneOfSeveral ? outer : file;
}

/** Whether a folder's name is a number or names a step, checkpoint or epoch. */
function saysWhen(name: string): boolean {
  if (/^\d+$/.test(name)) return true;
  const { fields } = parseName({ folders: [name], stem: '', key: '' }, STRICT_GRAMMAR);
  return fields.step !== undefined || fields.checkpoint !== undefined || fields.epoch !== undefined;
}

function hasSibling(own: string, names: readonly string[]): boolean {
  if (!/\d/.test(own)) return false;
  const pattern = withoutNumbers(own);
  return names.some((name) => name !== own && withoutNumbers(name) === pattern);
}

function withoutNumbers(name: string): string {
  return name.replace(/\d+/g, '#');
}
