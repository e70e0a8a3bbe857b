import type { FileHeader } from './fileHeader';
import type { ListedFile } from './listing/listing';
import { type LayerSettings, type Sidecar, settingsFor } from './metadata/sidecar';

/** A sidecar and its location. */
export interface LocatedSidecar {
  readonly file: ListedFile;
  readonly sidecar: Sidecar;
}

/**
 * The settings of a layer: the file's metadata, overridden by the sidecars of the folders that contain the file, the
 * nearest last. `names`: full name, short name, key.
 */
export function layerSettings(
  header: FileHeader,
  names: readonly string[],
  sidecars: readonly LocatedSidecar[],
): LayerSettings {
  const said = [header.sidecar, ...sidecarsAround(header.file, sidecars)];
  return Object.assign({}, ...said.map((sidecar) => settingsFor(sidecar, names)));
}

/** The sidecars that apply to a file, from the outermost folder in. */
export function sidecarsAround(file: ListedFile, sidecars: readonly LocatedSidecar[]): readonly Sidecar[] {
  return sidecars
    .filter(({ file: { folders } }) => folders.every((folder, index) => file.folders[index] === folder))
    .map(({ sidecar }) => sidecar);
}

/** Whether any sidecar or metadata of a file says a phase. */
export function speaksOfPhase(header: FileHeader, sidecars: readonly LocatedSidecar[]): boolean {
  return [header.sidecar, ...sidecarsAround(header.file, sidecars)].some(
    ({ phase, layers }) =>
      phase !== undefined || [...layers.values()].some((each) => each.phase !== undefined),
  );
}
