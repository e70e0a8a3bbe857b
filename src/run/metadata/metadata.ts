import type { Problem } from '../../model/problem';
import { type CounterField, isPhase, type NameFields, normalizePhase } from '../naming/nameFields';
import { NO_SIDECAR, parseSidecar, readSidecar, SIDECAR_PROPERTIES, type Sidecar } from './sidecar';
import { NO_TENSOR_NOTES, type TensorNotes } from './tensorNotes';

/** What a file's metadata says of its tensors and of the run. */
export interface FileNotes extends TensorNotes {
  readonly fields: NameFields;
  readonly sidecar: Sidecar;
  readonly problems: readonly Problem[];
}

/** Names of counters in metadata, and of scalars inside a file, in lower case without `_`, `-` and spaces. */
const COUNTERS: ReadonlyMap<string, CounterField> = new Map([
  ['step', 'step'],
  ['globalstep', 'step'],
  ['currentstep', 'step'],
  ['trainstep', 'step'],
  ['trainingstep', 'step'],
  ['stepnum', 'step'],
  ['iteration', 'step'],
  ['iter', 'step'],
  ['globaliter', 'step'],
  ['iternum', 'step'],
  ['niter', 'step'],
  ['epoch', 'epoch'],
  ['currentepoch', 'epoch'],
  ['epochidx', 'epoch'],
  ['batch', 'batch'],
  ['batchidx', 'batch'],
  ['batchindex', 'batch'],
  ['rank', 'rank'],
  ['globalrank', 'rank'],
  ['localrank', 'rank'],
  ['call', 'call'],
  ['microbatch', 'call'],
]);

/** The counter that a metadata key or a scalar's name stands for. */
export function counterNamed(name: string): CounterField | undefined {
  return COUNTERS.get(name.toLowerCase().replace(/[_\- ]/gu, ''));
}

/**
 * Reads a file's metadata (safetensors `__metadata__`: texts by key).
 *
 * - `normscope`: the JSON text of a sidecar document. It can also contain the keys below, with numbers, and the maps
 *   `tensors` and `parameters`, which describe the file's keys ({@link TensorNotes}).
 * - `step` (`global_step`, `iteration`, …), `epoch`, `batch`, `rank`, `call` (`micro_batch`): integers; `phase`
 *   (`split`, `mode`): a word.
 * - `layout`, `module`: one text for all layers, or the JSON text of an object with one for each layer.
 * - every other key of the sidecar: its text, or its JSON text.
 *
 * If `normscope` and a separate key contradict, `normscope` wins. Other keys and invalid values belong to other
 * programs and are ignored; only an invalid `normscope` is a problem. `path`: URI for problems.
 */
export function readMetadata(metadata: ReadonlyMap<string, string>, path: string): FileNotes {
  if (metadata.size === 0) return NO_NOTES;
  const document = metadata.get('normscope');
  const own = document === undefined ? undefined : parseSidecar(document, path);
  const loose = new Map<string, unknown>();
  for (const [key, text] of metadata) if (key !== 'normscope') loose.set(key, jsonOrText(text));
  const saysAny = LOOSE_PROPERTIES.some((property) => loose.has(property));
  const fromKeys = saysAny ? readSidecar(looseDocument(loose), () => {}) : NO_SIDECAR;
  const said = own?.value ?? jsonOrText(document);
  return {
    fields: { ...readNameFields(loose), ...readNameFields(new Map(entriesOf(said))) },
    sidecar: own === undefined ? fromKeys : mergeSidecars(fromKeys, own.sidecar),
    ...(own?.notes ?? NO_TENSOR_NOTES),
    problems: own?.problems ?? [],
  };
}

export const NO_NOTES: FileNotes = { fields: {}, sidecar: NO_SIDECAR, ...NO_TENSOR_NOTES, problems: [] };

/** Both combined; `strong` wins, and its patterns come later. */
function mergeSidecars(weak: Sidecar, strong: Sidecar): Sidecar {
  const layers = new Map(weak.layers);
  for (const [name, settings] of strong.layers) layers.set(name, { ...layers.get(name), ...settings });
  return { ...weak, ...strong, layers };
}

/** The characters that a JSON value can begin with. */
const JSON_START = /^[ \t\n\r]*[-\d"[{tfn]/u;

/** JSON values as they are, all else as text. */
export function jsonOrText(text: string | undefined): unknown {
  // Most files and tensors have no such text, and a failure of the parser takes longer than reading their header.
  if (text === undefined) return undefined;
  if (!JSON_START.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** The separate keys that a sidecar can be made of. */
const LOOSE_PROPERTIES = [...SIDECAR_PROPERTIES.run, 'layout', 'module'];

/** The sidecar that the separate keys are equivalent to. */
function looseDocument(values: ReadonlyMap<string, unknown>): unknown {
  const layers = new Map<string, Record<string, unknown>>();
  for (const property of ['layout', 'module'] as const) {
    const value = values.get(property);
    const each = typeof value === 'string' ? [['*', value] as const] : entriesOf(value);
    for (const [name, setting] of each) layers.set(name, { ...layers.get(name), [property]: setting });
  }
  const own = SIDECAR_PROPERTIES.run.flatMap((property) =>
    values.has(property) && property !== 'layers' ? [[property, values.get(property)]] : [],
  );
  return {
    ...Object.fromEntries(own),
    layers: Object.fromEntries([...layers, ...entriesOf(values.get('layers'))]),
  };
}

function readNameFields(values: ReadonlyMap<string, unknown>): NameFields {
  const fields: { -readonly [K in keyof NameFields]: NameFields[K] } = {};
  for (const [key, value] of values) {
    const counter = counterNamed(key);
    if (counter !== undefined && isCounter(value)) fields[counter] ??= Number(value);
  }
  const phase = phaseOf(values);
  if (phase !== undefined) fields.phase = phase;
  return fields;
}

/** `phase` may be any word; `split` and `mode`, which may mean other things, only one that is known. */
function phaseOf(values: ReadonlyMap<string, unknown>): string | undefined {
  const phase = values.get('phase');
  if (typeof phase === 'string' && phase.trim() !== '') return normalizePhase(phase);
  const other = [values.get('split'), values.get('mode')].find(
    (each) => typeof each === 'string' && isPhase(each),
  );
  return typeof other === 'string' ? normalizePhase(other) : undefined;
}

function isCounter(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
