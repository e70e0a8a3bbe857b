import type { TensorInfo } from '../formats/tensorFile';
import type { RecordInfo } from './fileHeader';
import { type FileNotes, jsonOrText, readMetadata } from './metadata/metadata';
import { type LayerSettings, readSidecar, type Sidecar } from './metadata/sidecar';

/** Keys of layer settings, as recorders that follow PyTorch's modules name them. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['eps', 'epsilon'],
  ['num_groups', 'groups'],
  ['normalized_shape', 'normalizedShape'],
]);

/**
 * Reads the attributes that formats with groups (HDF5, zarr) store per tensor: `step`, `epoch`, `rank`, `call`, and
 * `phase` become fields of the tensor; `layout`, `module`, `eps`, and so on become settings of its layer. Other
 * attributes belong to other programs and are ignored.
 */
export function readAttributes(
  tensors: readonly TensorInfo[],
  notes: FileNotes,
): { tensors: readonly RecordInfo[]; sidecar: Sidecar } {
  if (tensors.every(({ metadata }) => metadata === undefined || metadata.size === 0))
    return { tensors, sidecar: notes.sidecar };
  const layers = new Map<string, LayerSettings>(notes.sidecar.layers);
  const known = tensors.map((info): RecordInfo => {
    if (info.metadata === undefined || info.metadata.size === 0) return info;
    const { fields } = readMetadata(info.metadata, '');
    layers.set(info.name, { ...settingsOf(info.name, info.metadata), ...layers.get(info.name) });
    return Object.keys(fields).length === 0 ? info : { ...info, fields };
  });
  return { tensors: known, sidecar: { ...notes.sidecar, layers } };
}

function settingsOf(name: string, metadata: ReadonlyMap<string, string>): LayerSettings | undefined {
  const entries = [...metadata].map(([key, text]) => [ALIASES.get(key) ?? key, jsonOrText(text)]);
  const sidecar = readSidecar({ layers: { [name]: Object.fromEntries(entries) } }, () => {});
  return sidecar.layers.get(name);
}
