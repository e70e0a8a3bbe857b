import { t } from '@vscode/l10n';
import { uriSegments } from '../io/uriSegments';
import type { RunCatalog, Unrecognized } from '../model/catalog';
import { type InTurns, inTurns, mapInTurns, sortInTurns, withoutTurns } from '../model/inTurns';
import { type Problem, problemError } from '../model/problem';
import type { Readings } from '../model/questions';
import { splitArrays } from './arrays';
import { withoutComplex } from './complexTensors';
import type { FileHeader } from './fileHeader';
import type { LocatedSidecar } from './layerSettings';
import { buildLayers } from './layers';
import { READ_SUFFIXES, stemOf } from './listing/fileKinds';
import { type Listing, stampOf } from './listing/listing';
import { mergedRecord, mergeRanks } from './mergeRanks';
import type { Sidecar } from './metadata/sidecar';
import { listVariants, type RecordKey } from './naming/variants';
import { narrowingOf } from './narrowing';
import { tensorParallelRemark } from './parallelParts';
import { type PlacedTensor, placeTensors } from './placement';
import { withoutReplacedSteps } from './restartedEvents';
import { runKnobs } from './runKnobs';
import { findTensors } from './tensors';
import { weightsRemark } from './weights';

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
  /** How the person wants names and axes to be read. */
  readonly readings?: Readings;
}

/** Maximum length of the list of unrecognized files; beyond it, only their number is reported. */
const UNRECOGNIZED_LIMIT = 1000;

/** Makes the catalog of a run from what its paths, headers and sidecars say. Reads nothing. */
export function buildCatalog(parts: CatalogParts): RunCatalog {
  return withoutTurns(catalogInTurns(parts));
}

/** The same for a run that may be large: reading the names of a hundred thousand records takes seconds. */
export function* catalogInTurns({
  roots,
  listing,
  headers,
  sidecars,
  problems,
  readings,
}: CatalogParts): InTurns<RunCatalog> {
  const current = withoutReplacedSteps(headers);
  yield;
  const complex = withoutComplex(current, sidecars, readings);
  yield;
  const arrays = yield* splitArrays(complex.headers, sidecars, readings);
  const found = yield* findTensors(arrays.headers, readings);
  const {
    placed,
    unrecognized: unplaced,
    questions: asked,
  } = yield* placeTensors(found.tensors, rootFolder(listing), sidecars, readings);
  const questions = [...found.questions, ...asked, ...arrays.questions, ...complex.questions];
  const built = yield* buildLayers(placed, found.parameters, sidecars);
  const { layers, order, problems: layoutProblems } = built;
  const layoutOf = new Map(layers.map(({ fullName, layout }) => [fullName, layout]));
  const { merged, problems: mergeProblems } = yield* mergeRanks(placed, (layer) => layoutOf.get(layer) ?? '');
  const { variants, positionOf } = yield* listVariants([...placed, ...merged]);
  const layerIds = new Map(layers.map(({ fullName, id }) => [fullName, id]));
  const recordOf = (key: RecordKey, { tensor }: PlacedTensor) => ({
    layer: layerIds.get(key.layer) ?? 0,
    step: key.step,
    variant: positionOf(key),
    shape: tensor.info.shape,
    dtype: tensor.info.dtype,
    ...(tensor.info.summarized !== undefined && { summarized: true as const }),
    ...(tensor.info.isSequential === true && { isSequential: true as const }),
    ...(tensor.info.unpackedRows !== undefined && { unpackedRows: tensor.info.unpackedRows }),
    file: tensor.header.file.uri,
    tensor: tensor.info.name,
    ...(tensor.info.slice !== undefined && { slice: tensor.info.slice }),
    ...(tensor.note?.training !== undefined && { training: tensor.note.training }),
    ...(tensor.note?.input !== undefined && { input: tensor.note.input }),
    ...(tensor.note?.samples !== undefined && { samples: tensor.note.samples }),
  });
  const single = yield* mapInTurns(placed, (each) => ({
    id: 0,
    ...recordOf(each, each),
    ...narrowingOf([each]),
    ...stampOf(each.tensor.header.file),
  }));
  const joined = yield* mapInTurns(merged, (each) => ({
    id: 0,
    ...recordOf(each, each.tensors[0]),
    ...mergedRecord(each, layoutOf.get(each.layer) ?? ''),
  }));
  const records = yield* sortInTurns(
    [...single, ...joined],
    (a, b) => a.layer - b.layer || a.step - b.step || a.variant - b.variant,
  );
  yield* inTurns(records, (record, id) => {
    record.id = id;
  });
  const named = sidecarOfRun(sidecars) ?? headers.find(({ sidecar }) => sidecar.name)?.sidecar;
  const readProblems = [
    ...listing.problems,
    ...problems,
    ...found.headers.flatMap((header) => header.problems),
  ];
  yield;
  const nothing = records.length === 0 && readProblems.length === 0;
  const remarks = [
    weightsRemark(found.headers),
    tensorParallelRemark(found.tensors),
    ...new Set(current.flatMap((header) => header.remarks ?? [])),
  ].filter((remark) => remark !== undefined);
  yield;
  const unrecognized = limited([...listing.unrecognized, ...found.unrecognized, ...unplaced], roots[0] ?? '');
  return {
    roots,
    name: named?.name ?? defaultName(listing, roots),
    ...(named?.description !== undefined && { description: named.description }),
    ...runKnobs(sidecarOfRun(sidecars), headers, listing),
    layers,
    order,
    steps: [...new Set(records.map(({ step }) => step))].sort((a, b) => a - b),
    variants,
    records,
    problems: [
      ...readProblems,
      ...arrays.problems,
      ...layoutProblems,
      ...mergeProblems,
      ...(nothing ? [nothingFound(listing, unrecognized.length)] : []),
    ],
    unrecognized,
    ...(questions.length > 0 && { questions }),
    ...(remarks.length > 0 && { remarks }),
  };
}

/** The sidecar that names the run: the one at its base, or the only one. */
function sidecarOfRun(sidecars: readonly LocatedSidecar[]): Sidecar | undefined {
  const atBase = sidecars.length === 1 || sidecars[0]?.file.folders.length === 0;
  return atBase ? sidecars[0]?.sidecar : undefined;
}

/** Name of the only root, if it is a folder. */
function rootFolder({ roots }: Listing): string | undefined {
  return roots.length === 1 && roots[0].kind === 'folder' ? roots[0].name : undefined;
}

/** The folder's or file's name; of several the name of the folder around them. */
function defaultName({ roots }: Listing, uris: readonly string[]): string {
  if (roots.length === 1) return roots[0].name;
  const around = uriSegments(uris[0] ?? '').at(-2);
  const stem = stemOf(roots[0]?.name ?? uriSegments(uris[0] ?? '').at(-1) ?? '');
  return around ?? (stem === '' ? 'run' : stem);
}

function nothingFound({ roots, dumps, ignored }: Listing, unrecognized: number): Problem {
  const message = t(
    "No activations found ({0} dump files, {1} unrecognized files, {2} other files). Open a folder of {3} files with tensors of a network's layers, such as step_000100/conv1.npy.",
    dumps.length,
    unrecognized,
    ignored,
    READ_SUFFIXES,
  );
  return problemError('empty', roots[0]?.uri ?? '', message).problem;
}

function limited(unrecognized: readonly Unrecognized[], root: string): readonly Unrecognized[] {
  if (unrecognized.length <= UNRECOGNIZED_LIMIT) return unrecognized;
  const rest = {
    path: root,
    reason: t('{0} more files or tensors are not recognized.', unrecognized.length - UNRECOGNIZED_LIMIT),
  };
  return [...unrecognized.slice(0, UNRECOGNIZED_LIMIT), rest];
}
