import type { RecordEntry, RunCatalog, Unrecognised } from '../protocol/catalog';
import { type Problem, problemError } from '../protocol/problem';
import { READ_SUFFIXES, stemOf } from './fileKinds';
import type { FileHeader } from './headers';
import { buildLayers } from './layers';
import type { Listing } from './listing';
import { placeTensors } from './placement';
import { uriSegments } from './runPath';
import type { LocatedSidecar } from './settings';
import type { Sidecar } from './sidecar';
import { findTensors } from './tensors';
import { listVariants } from './variants';

/** What a catalog is made of. */
export interface CatalogParts {
  /** URIs as the person opened them. */
  readonly roots: readonly string[];
  readonly listing: Listing;
  readonly headers: readonly FileHeader[];
  /** From the outside in. */
  readonly sidecars: readonly LocatedSidecar[];
  /** Of reading the sidecars. */
  readonly problems: readonly Problem[];
}

/** Entries of the list of unrecognised files beyond which only their number is told. */
const UNRECOGNISED_LIMIT = 1000;

/** Makes the catalog of a run from what its paths, headers and sidecars say. Reads nothing. */
export function buildCatalog({ roots, listing, headers, sidecars, problems }: CatalogParts): RunCatalog {
  const found = findTensors(headers);
  const { placed, unrecognised: unplaced } = placeTensors(found.tensors, rootFolder(listing), sidecars);
  const { layers, problems: layoutProblems } = buildLayers(placed, found.parameters, sidecars);
  const { variants, positionOf } = listVariants(placed);
  const layerIds = new Map(layers.map(({ fullName, id }) => [fullName, id]));
  const records = placed
    .map((each) => ({
      layer: layerIds.get(each.layer) ?? 0,
      step: each.step,
      variant: positionOf(each),
      shape: each.tensor.info.shape,
      dtype: each.tensor.info.dtype,
      ...(each.tensor.info.summarized !== undefined && { summarized: true as const }),
      file: each.tensor.header.file.uri,
      tensor: each.tensor.info.name,
      ...(each.tensor.note?.training !== undefined && { training: each.tensor.note.training }),
      ...(each.tensor.note?.samples !== undefined && { samples: each.tensor.note.samples }),
    }))
    .sort((a, b) => a.layer - b.layer || a.step - b.step || a.variant - b.variant)
    .map((record, id): RecordEntry => ({ id, ...record }));
  const told = sidecarOfRun(sidecars) ?? headers.find(({ sidecar }) => sidecar.name)?.sidecar;
  const readProblems = [...listing.problems, ...problems, ...headers.flatMap((header) => header.problems)];
  const nothing = records.length === 0 && readProblems.length === 0;
  const unrecognised = limited([...listing.unrecognised, ...found.unrecognised, ...unplaced], roots[0] ?? '');
  return {
    roots,
    name: told?.name ?? defaultName(listing, roots),
    ...(told?.description !== undefined && { description: told.description }),
    layers,
    steps: [...new Set(records.map(({ step }) => step))].sort((a, b) => a - b),
    variants,
    records,
    problems: [
      ...readProblems,
      ...layoutProblems,
      ...(nothing ? [nothingFound(listing, unrecognised.length)] : []),
    ],
    unrecognised,
  };
}

/** The sidecar that names the run: the one at its base, or the only one. */
function sidecarOfRun(sidecars: readonly LocatedSidecar[]): Sidecar | undefined {
  const atBase = sidecars.length === 1 || sidecars[0]?.file.folders.length === 0;
  return atBase ? sidecars[0]?.sidecar : undefined;
}

/** Name of the only root where it is a folder. */
function rootFolder({ roots }: Listing): string | undefined {
  return roots.length === 1 && roots[0].kind === 'folder' ? roots[0].name : undefined;
}

/** The folder's or file's name; of several the name of the folder around them. */
function defaultName({ roots }: Listing, uris: readonly string[]): string {
  if (roots.length === 1) return roots[0].name;
  const around = uriSegments(uris[0] ?? '').at(-2);
  return around ?? stemOf(roots[0]?.name ?? uriSegments(uris[0] ?? '').at(-1) ?? 'run');
}

function nothingFound({ roots, dumps, ignored }: Listing, unrecognised: number): Problem {
  const looked = `${dumps.length} dump files, ${unrecognised} not recognised, ${ignored} others`;
  const message = `No activations found (${looked}). Open a folder with ${READ_SUFFIXES} files that hold tensors of a network's layers, such as step_000100/conv1.npy.`;
  return problemError('empty', roots[0]?.uri ?? '', message).problem;
}

function limited(unrecognised: readonly Unrecognised[], root: string): readonly Unrecognised[] {
  if (unrecognised.length <= UNRECOGNISED_LIMIT) return unrecognised;
  const rest = {
    path: root,
    reason: `${unrecognised.length - UNRECOGNISED_LIMIT} more that are not recognised.`,
  };
  return [...unrecognised.slice(0, UNRECOGNISED_LIMIT), rest];
}
