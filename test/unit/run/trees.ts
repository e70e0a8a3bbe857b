import type { TensorInfo } from '../../../src/formats/tensorFile';
import type { DType, RunCatalog, Variant } from '../../../src/model/catalog';
import { variantLabel } from '../../../src/model/catalog';
import type { Readings } from '../../../src/model/questions';
import { buildCatalog } from '../../../src/run/catalog';
import type { FileHeader } from '../../../src/run/fileHeader';
import type { ListedFile } from '../../../src/run/listing/listing';
import { NO_NOTES } from '../../../src/run/metadata/metadata';
import type { NameFields } from '../../../src/run/naming/nameFields';
import { sortNaturally } from '../../../src/run/naming/names';

/** Paths below the root `/runs/ROOT`; a file of several tensors lists its keys. */
export type Tree = readonly (string | readonly [path: string, keys: readonly string[]])[];

export function tensor(
  name: string,
  shape: readonly number[] = [4, 3],
  dtype: DType = 'float32',
): TensorInfo {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  return { name, dtype, littleEndian: true, shape, strides };
}

export function header(path: string, tensors: readonly TensorInfo[], fields: NameFields = {}): FileHeader {
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  const file: ListedFile = { uri: `file:///runs/run/${path}`, name, folders };
  return { ...NO_NOTES, file, tensors, fields };
}

/** The catalog of a tree whose tensors all have shape [4, 3]. */
export function catalogOf(tree: Tree, root = 'run', readings?: Readings): RunCatalog {
  const headers = tree.map((each) =>
    typeof each === 'string'
      ? header(each, [tensor('')])
      : header(
          each[0],
          each[1].map((key) => tensor(key)),
        ),
  );
  return catalogOfHeaders(headers, root, readings);
}

export function catalogOfHeaders(
  headers: readonly FileHeader[],
  root = 'run',
  readings?: Readings,
): RunCatalog {
  const sorted = sortNaturally(headers, ({ file }) => [...file.folders, file.name].join('/'));
  const uri = `file:///runs/${root}`;
  return buildCatalog({
    roots: [uri],
    listing: {
      roots: [{ name: root, uri, kind: 'folder', size: 0 }],
      dumps: sorted.map(({ file }) => file),
      sidecars: [],
      logs: [],
      ignored: 0,
      unrecognized: [],
      problems: [],
    },
    headers: sorted,
    sidecars: [],
    problems: [],
    ...(readings !== undefined && { readings }),
  });
}

/** Each tensor's record in words, `conv1 @ 100 (train · rank 3)`, by layer (full name), step and variant. */
export function recordsOf({ records, layers, variants }: RunCatalog): readonly string[] {
  const single = records.filter(({ parts }) => parts === undefined);
  return single.map(({ layer, step, variant }) => {
    const label = variantLabel(variants[variant] as Variant);
    return `${layers[layer].fullName} @ ${step}${label === '' ? '' : ` (${label})`}`;
  });
}
