import { oncePer } from '../model/oncePer';
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

/** Whether any sidecar or metadata of a file says this of any layer. */
export function speaksOf(
  property: 'phase' | 'steps',
  header: FileHeader,
  sidecars: readonly LocatedSidecar[],
): boolean {
  return (
    propertiesOf(header.sidecar).has(property) ||
    (sidecars.length > 0 &&
      sidecarsAround(header.file, sidecars).some((sidecar) => propertiesOf(sidecar).has(property)))
  );
}

/** The properties that a sidecar says of the run, or of any layer. */
const propertiesOf = oncePer(
  ({ layers, ...run }: Sidecar): ReadonlySet<string> =>
    new Set([run, ...layers.values()].flatMap((each) => Object.keys(each))),
);
