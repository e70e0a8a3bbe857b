import { t } from '@vscode/l10n';
import { readBytes } from '../../io/byteSource';
import type { FileSystem } from '../../io/fileSystem';
import { baseName, childUri, parentUri } from '../../io/uri';
import { isAbortError } from '../../rpc/abort';
import type { ListedFile } from '../listing/listing';
import type { KnownTensor } from './knownTensor';

/** A manifest of more bytes is not read. */
const MANIFEST_LIMIT = 1 << 26;

const METADATA = 'metadata.pkl';
const BLOB = /^\d+\.safetensors$/u;

/** What TorchLens says of the blobs of its bundles. */
export interface TorchLensBundles {
  /** Whether a file can be part of a bundle, by its name. */
  mayHold(file: ListedFile): boolean;
  /** Undefined for a file outside a bundle, and for a file that the manifest does not describe. */
  tensorOf(file: ListedFile): Promise<KnownTensor | undefined>;
  /** Whether a file is the pickle of a bundle, which has no tensors of its own. */
  isMetadata(file: ListedFile): Promise<boolean>;
}

/**
 * Bundles saved by TorchLens: tensors in `blobs/<number>.safetensors`, described in the `manifest.json` next to that
 * folder [johnmarktaylor91/torchlens, _io/manifest.py]. Each manifest is read once.
 */
export function torchLensBundles(fileSystem: FileSystem): TorchLensBundles {
  const manifests = new Map<string, Promise<ReadonlyMap<string, KnownTensor>>>();
  const tensorsOf = (manifest: string) => {
    const read = manifests.get(manifest) ?? readManifest(fileSystem, manifest);
    manifests.set(manifest, read);
    return read;
  };
  return {
    mayHold: ({ name }) => name === METADATA || BLOB.test(name),
    isMetadata: async ({ uri, name }) => {
      if (name !== METADATA) return false;
      const tensors = await tensorsOf(childUri(parentUri(uri), 'manifest.json'));
      return [...tensors.keys()].some((path) => path.startsWith('blobs/'));
    },
    tensorOf: async ({ uri, name, folders }) => {
      const blobs = parentUri(uri);
      const isBlob = BLOB.test(name) && baseName(blobs) === 'blobs';
      if (!isBlob || (folders.length > 0 && folders.at(-1) !== 'blobs')) return undefined;
      const manifest = childUri(parentUri(blobs), 'manifest.json');
      return (await tensorsOf(manifest)).get(`blobs/${name}`);
    },
  };
}

/** Tensors by path; empty if there is no such manifest, and file names must suffice. */
async function readManifest(fileSystem: FileSystem, uri: string): Promise<ReadonlyMap<string, KnownTensor>> {
  const tensors = new Map<string, KnownTensor>();
  for (const entry of entriesOf(await readJson(fileSystem, uri))) {
    const { relative_path: path, label, kind } = entry;
    if (typeof path === 'string' && typeof label === 'string') tensors.set(path, knownTensor(label, kind));
  }
  return tensors;
}

async function readJson(fileSystem: FileSystem, uri: string): Promise<unknown> {
  try {
    const source = await fileSystem.open(uri);
    try {
      if (source.size > MANIFEST_LIMIT) return undefined;
      return JSON.parse(new TextDecoder().decode(await readBytes(source, 0, source.size)));
    } finally {
      await source.close();
    }
  } catch (error) {
    if (isAbortError(error)) throw error;
    return undefined;
  }
}

function entriesOf(manifest: unknown): readonly Readonly<Record<string, unknown>>[] {
  const tensors = isObject(manifest) ? manifest['tensors'] : undefined;
  return Array.isArray(tensors) ? tensors.filter(isObject) : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Labels are `conv2d_1_2:1`: operation, its number, its place in the network; the pass, from 1. */
function knownTensor(label: string, kind: unknown): KnownTensor {
  const [, layer, pass = '1'] = /^(.*?)(?::(\d{1,9}))?$/su.exec(label) ?? [];
  if (layer.startsWith('buffer_'))
    return { excludedReason: t('{0} is a buffer of the network, not an activation.', label) };
  if (kind !== 'out' && kind !== 'grad')
    return { excludedReason: t('{0} is not the output of a layer ({1}).', label, String(kind).slice(0, 50)) };
  return {
    layer,
    isNamed: true,
    fields: { call: Number(pass), ...(kind === 'grad' && { phase: 'backward' }) },
  };
}
