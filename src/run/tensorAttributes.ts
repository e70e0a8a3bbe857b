import type { TensorInfo } from '../formats/tensorFile';
import { oncePer } from '../model/oncePer';
import type { RecordInfo } from './fileHeader';
import { type FileNotes, jsonOrText, readMetadata } from './metadata/metadata';
import { type LayerSettings, readSidecar, type Sidecar } from './metadata/sidecar';
import { withoutMomentGroups } from './momentGroups';
import type { Payload } from './payload';
import { segmentsOf } from './sections';

/** Keys of layer settings, as recorders that follow PyTorch's modules name them. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['eps', 'epsilon'],
  ['num_groups', 'groups'],
  ['normalized_shape', 'normalizedShape'],
]);

const NO_TEXTS: ReadonlyMap<string, string> = new Map();

/**
 * Reads what a file states of single tensors: the attributes that formats with groups (HDF5, zarr) store, and the plain
 * values in the dicts of `torch.save`. `step`, `epoch`, `rank`, `call`, and `phase` become fields of the tensor, `layer`
 * its name, `order` its place; `layout`, `module`, `eps`, and so on become settings of its layer. Other attributes belong
 * to other programs and are ignored. `payload` is what small tensors state, `around` the texts about all tensors.
 */
export function readAttributes(
  tensors: readonly TensorInfo[],
  notes: FileNotes,
  payload: Pick<Payload, 'fieldsOf' | 'stepsOf'>,
  around: ReadonlyMap<string, string>,
): { tensors: readonly RecordInfo[]; sidecar: Sidecar } {
  if (payload.fieldsOf.size + payload.stepsOf.size === 0 && saysNothing(tensors, around))
    return { tensors, sidecar: notes.sidecar };
  const layers = new Map<string, LayerSettings>(notes.sidecar.layers);
  const orders = new Map<string, number>();
  const names = layerNames(tensors, around);
  const known = tensors.map((info): RecordInfo => {
    const texts = info.metadata ?? NO_TEXTS;
    const steps = payload.stepsOf.get(info.name);
    const said = texts.size === 0 ? undefined : settingsOf(info, texts);
    if (said !== undefined || steps !== undefined)
      layers.set(info.name, { ...said, ...(steps !== undefined && { steps }), ...layers.get(info.name) });
    const order = jsonOrText(texts.get('order'));
    if (typeof order === 'number') orders.set(info.name, order);
    const fields = { ...payload.fieldsOf.get(info.name), ...readMetadata(texts, '').fields };
    const layer = names.get(info.name);
    const isSaid = Object.keys(fields).length > 0;
    return { ...info, ...(isSaid && { fields }), ...(layer !== undefined && { layer }) };
  });
  const tensorsKnown = withoutMomentGroups(known);
  // Most files say nothing else, and there may be a hundred thousand.
  if (layers.size === 0 && orders.size === 0 && names.size === 0)
    return { tensors: tensorsKnown, sidecar: notes.sidecar };
  const { name: runName, ...sidecar } = notes.sidecar;
  // A name that is the layer's is not the run's.
  const isRunName = runName !== undefined && ![...names.values()].includes(runName);
  return {
    tensors: tensorsKnown,
    sidecar: { ...sidecar, ...(isRunName && { name: runName }), ...orderOf(notes.sidecar, orders), layers },
  };
}

/** Whether no text says anything of single tensors, which the formats for tensors alone have none for. */
function saysNothing(tensors: readonly TensorInfo[], around: ReadonlyMap<string, string>): boolean {
  const mayNameLayer = tensors.length <= MAX_OF_ONE_LAYER && LAYER_KEYS.some((key) => around.has(key));
  return !mayNameLayer && areBare(tensors).value;
}

const areBare = oncePer((tensors: readonly TensorInfo[]) => ({
  value: tensors.every(({ metadata }) => metadata === undefined),
}));

function settingsOf(
  { name, shape }: TensorInfo,
  metadata: ReadonlyMap<string, string>,
): LayerSettings | undefined {
  const entries = [...metadata].map(([key, text]) => [ALIASES.get(key) ?? key, jsonOrText(text)]);
  const sidecar = readSidecar({ layers: { [name]: Object.fromEntries(entries) } }, () => {});
  const { steps, ...others } = sidecar.layers.get(name) ?? {};
  const fits = steps !== undefined && shape.length > 1 && shape[0] === steps.length;
  const settings = fits ? { ...others, steps } : others;
  return Object.keys(settings).length === 0 ? undefined : settings;
}

/** Numbers that tensors have as `order` are their places in the network. */
function orderOf({ order }: Sidecar, orders: ReadonlyMap<string, number>): Pick<Sidecar, 'order'> {
  if (order !== undefined || orders.size < 2) return {};
  return { order: [...orders].sort(([, a], [, b]) => a - b).map(([name]) => name) };
}

/** Keys that contain the layer of the tensors next to them, and names of tensors that say nothing else. */
const LAYER_KEYS = ['layer', 'layer_name', 'module_name', 'name'] as const;
const GENERIC =
  /^(?:tensors?|activations?|acts?|data|values?|outputs?|out|x|arrays?|features?|hidden(?:_states?)?)?$/iu;

/**
 * Layers named by the file: `{'layer': 'conv1', 'output': tensor}` is `conv1`, further tensors next to it are
 * `conv1.input` and so on. A `name` counts only next to a single tensor whose own name says nothing; otherwise it could
 * belong to anything.
 */
function layerNames(
  tensors: readonly TensorInfo[],
  around: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const named = tensors.map((info) => ({
    name: info.name,
    last: segmentsOf(info).at(-1) ?? '',
    ...saidLayer(info, tensors, around),
  }));
  const counts = new Map<string, number>();
  for (const { group } of named) if (group !== undefined) counts.set(group, (counts.get(group) ?? 0) + 1);
  return new Map(
    named.flatMap(({ name, last, layer, group, isWeak }): [string, string][] => {
      if (layer === undefined || group === undefined) return [];
      const isAlone = counts.get(group) === 1;
      if (isWeak && !(isAlone && GENERIC.test(last))) return [];
      return [[name, isAlone || GENERIC.test(last) ? layer : `${layer}.${last}`]];
    }),
  );
}

interface SaidLayer {
  readonly layer?: string;
  /** The same for the tensors that one dict or group says it of. */
  readonly group?: string;
  readonly isWeak?: boolean;
}

function saidLayer(
  info: TensorInfo,
  tensors: readonly TensorInfo[],
  around: ReadonlyMap<string, string>,
): SaidLayer {
  const own = info.metadata ?? NO_TEXTS;
  const texts = LAYER_KEYS.some((key) => own.has(key)) ? own : around;
  const key = LAYER_KEYS.find((each) => (texts.get(each) ?? '').trim() !== '');
  // Of a file of many tensors one text cannot be the layer of all.
  if (key === undefined || (texts === around && tensors.length > MAX_OF_ONE_LAYER)) return {};
  const text = (texts.get(key) ?? '').trim();
  const layer = /^\d+$/u.test(text) ? `layer.${text}` : text;
  const moment = JSON.stringify(readMetadata(own, '').fields);
  const group = `${segmentsOf(info).slice(0, -1).join('/')}\n${layer}\n${moment}`;
  return { layer, group, isWeak: key === 'name' };
}

/** Input, output, gradients and the like of one layer. */
const MAX_OF_ONE_LAYER = 4;
