import { t } from '@vscode/l10n';
import type { H5Filter, H5Metadata, H5Module } from 'h5wasm/module';
import { type Problem, problemError, toProblem } from '../../model/problem';
import type { Dimension } from '../tensorFile';
import { readAttributes } from './hdf5Attributes';
import { readDimensions } from './hdf5Dimensions';
import type { Hdf5File } from './hdf5Library';

/** A dataset as HDF5 describes it. */
export interface Hdf5Dataset {
  /** Its path without the leading slash. */
  readonly name: string;
  readonly metadata: H5Metadata;
  readonly filters: readonly H5Filter[];
  /** Position of its object header. */
  readonly address: number;
  /** The dataset's attributes, which override those of its groups; without those of the root. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly dimensions?: readonly Dimension[];
}

export interface Hdf5Objects {
  readonly datasets: readonly Hdf5Dataset[];
  /** Attributes of the root. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

const MAX_OBJECTS = 200_000;
const MAX_DEPTH = 32;
/** Object types in the numbering of H5Gget_objinfo. */
const GROUP = 0;
const DATASET = 1;
const NAMED_TYPE = 2;
/** Milliseconds of work between yields to waiting messages. */
const TURN = 25;

interface Place {
  readonly name: string;
  readonly depth: number;
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * Lists the datasets of a file in the order of its groups. Every object is visited once, by address, so link cycles
 * end. Objects that only symbolic links reference come last. Links to other files are reported and never followed.
 */
export async function listObjects(file: Hdf5File): Promise<Hdf5Objects> {
  const seen = new Set<number>();
  const datasets: Hdf5Dataset[] = [];
  const problems: Problem[] = [];
  const links: Place[] = [];
  let turnStart = performance.now();
  const refuse = (code: Problem['code'], { name }: Pick<Place, 'name'>, message: string) =>
    problems.push(problemError(code, file.path, message, name === '' ? undefined : name).problem);

  const visit = async (place: Place, follow: boolean): Promise<void> => {
    if (performance.now() - turnStart > TURN) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      turnStart = performance.now();
    }
    const found = await file.call((module, id) => look(module, id, place, seen, follow));
    if (found.kind === 'dataset') datasets.push(found.dataset);
    else if (found.kind === 'symbolic') links.push(place);
    else if (found.kind === 'external')
      refuse(
        'unsupported',
        place,
        t(
          'This is a link to another file ({0}), which Normscope does not follow. Open that file.',
          found.target,
        ),
      );
    else if (found.kind === 'nothing') throw file.damaged(t('No object has this name'));
    if (found.kind !== 'group') return;
    if (place.depth >= MAX_DEPTH)
      return void refuse(
        'unsupported',
        place,
        t('The group is nested more than {0} levels deep.', MAX_DEPTH),
      );
    for (const child of await childrenOf(file, place)) {
      if (seen.size > MAX_OBJECTS) break;
      const name = place.name === '' ? child : `${place.name}/${child}`;
      await tried({ name, depth: place.depth + 1, attributes: found.attributes }, false);
    }
  };
  const tried = async (place: Place, follow: boolean) => {
    try {
      await visit(place, follow);
    } catch (error) {
      problems.push(toProblem(error, file.path, place.name === '' ? undefined : place.name));
    }
  };

  const attributes = await file.call((module, id) => readAttributes(module, id, '/'));
  await visit(ROOT, true);
  // Visiting a link's target may add further links during this loop.
  for (const link of links) await tried(link, true);
  if (seen.size > MAX_OBJECTS)
    refuse(
      'unsupported',
      ROOT,
      t('The file has more than {0} objects. The others are skipped.', MAX_OBJECTS),
    );
  return { datasets, attributes, problems };
}

const ROOT: Place = { name: '', depth: 0, attributes: new Map() };

type Found =
  | { readonly kind: 'group'; readonly attributes: Place['attributes'] }
  | { readonly kind: 'dataset'; readonly dataset: Hdf5Dataset }
  | { readonly kind: 'external'; readonly target: string }
  | { readonly kind: 'symbolic' | 'nothing' | 'other' };

/** Inspects one object. Follows a symbolic link only with `follow`. */
function look(
  module: H5Module,
  file: bigint,
  { name, attributes }: Place,
  seen: Set<number>,
  follow: boolean,
): Found {
  const path = `/${name}`;
  if (name !== '') {
    const target = module.get_external_link(file, path).filename;
    if (target !== undefined) return { kind: 'external', target: target.slice(0, 200) };
    if (!follow && module.get_symbolic_link(file, path) !== null) return { kind: 'symbolic' };
  }
  const address = addressOf(module.create_object_reference(file, path));
  // If nothing is found, h5wasm returns an arbitrary type; no object is at address 0.
  const type = address === 0 ? undefined : name === '' ? GROUP : module.get_type(file, path);
  if (type !== GROUP && type !== DATASET) return { kind: type === NAMED_TYPE ? 'other' : 'nothing' };
  if (seen.has(address)) return { kind: 'other' };
  seen.add(address);
  const own = name === '' ? new Map<string, string>() : readAttributes(module, file, path);
  const inherited = own.size === 0 ? attributes : new Map([...attributes, ...own]);
  if (type === GROUP) return { kind: 'group', attributes: inherited };
  const metadata = module.get_dataset_metadata(file, path);
  const filters = metadata.chunks === null ? [] : module.get_dataset_filters(file, path);
  const dimensions = readDimensions(module, file, path, metadata.shape?.length ?? 0);
  return {
    kind: 'dataset',
    dataset: {
      ...{ name, metadata, filters, address, attributes: inherited },
      ...(dimensions !== undefined && { dimensions }),
    },
  };
}

/** Returns the names in a group. h5wasm finds none in a group that HDF5 cannot read; HDF5 reports why. */
async function childrenOf(file: Hdf5File, { name }: Place): Promise<readonly string[]> {
  const children = await file.call((module, id) => module.get_names(id, `/${name}`, false));
  if (children.length === 0 && file.complained()) throw file.damaged(t('The group cannot be listed'));
  return children;
}

/** An object reference is the address of the object's header [HDF5 File Format Specification 3.0, IV.A.2.d, class 7]. */
function addressOf(reference: ArrayLike<number>): number {
  const bytes = Uint8Array.from(reference);
  return Number(new DataView(bytes.buffer).getBigUint64(0, true));
}
