import { sharedSegments, uriSegments } from '../io/uriSegments';
import type { RunCatalog } from '../model/catalog';
import type { FileHeader } from './fileHeader';
import type { Listing } from './listing/listing';
import type { Sidecar } from './metadata/sidecar';
import { knobsInPath } from './naming/knobs';

/**
 * The knobs of a run: those in the names of its folder and of the folders around it, and those that its sidecar states or,
 * without it, the metadata of its files; what is stated counts.
 */
export function runKnobs(
  sidecar: Sidecar | undefined,
  headers: readonly Pick<FileHeader, 'sidecar'>[],
  { roots }: Pick<Listing, 'roots'>,
): Pick<RunCatalog, 'knobs'> {
  const stated = sidecar?.knobs ?? headers.find((header) => header.sidecar.knobs)?.sidecar.knobs;
  const folders = roots.map(({ uri, kind }) => uriSegments(uri).slice(0, kind === 'folder' ? undefined : -1));
  const shared = folders[0]?.slice(0, sharedSegments(folders)) ?? [];
  const knobs = { ...knobsInPath(shared), ...stated };
  return Object.keys(knobs).length === 0 ? {} : { knobs };
}
