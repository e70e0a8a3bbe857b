import { baseName, parentUri } from '../io/uri';
import { SIDECAR_NAME } from '../run/fileKinds';

/** Lists the names in a folder; rejects where it cannot be listed. */
export type ListNames = (folder: string) => Promise<readonly string[]>;

/**
 * What a double click on one dump file opens: the run that the file is a step of where its surroundings show one,
 * else the file alone. A folder shows a run by a sidecar, or by another entry that has the same name but for its
 * numbers (`step_000200.npz` beside `step_000100.npz`). Looks at the file's folder and the one above.
 */
export async function runRootOf(file: string, listNames: ListNames): Promise<string> {
  let child = file;
  for (let level = 0; level < 2; level++) {
    const folder = parentUri(child);
    if (folder === '' || folder === child) break;
    const names = await listNames(folder).catch((): string[] => []);
    if (names.includes(SIDECAR_NAME) || hasSibling(baseName(child), names)) return folder;
    child = folder;
  }
  return file;
}

function hasSibling(own: string, names: readonly string[]): boolean {
  if (!/\d/.test(own)) return false;
  const pattern = withoutNumbers(own);
  return names.some((name) => name !== own && withoutNumbers(name) === pattern);
}

function withoutNumbers(name: string): string {
  return name.replace(/\d+/g, '#');
}
