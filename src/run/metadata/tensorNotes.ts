import { t } from '@vscode/l10n';
import { ITEM_SIZE } from '../../formats/dtype';
import type { DType, ParameterRole } from '../../model/catalog';
import { normalizePhase } from '../naming/nameFields';
import { flag, isObject, oneOf, plainField, type Report, readFields, text, wholeNumber } from './fields';
import { numberIn } from './numberIn';

/** What a recorder says of one tensor of its file, by key: it holds before what the key itself seems to say. */
export interface TensorNote {
  /** Name of the layer in the catalog. */
  readonly layer?: string;
  readonly call?: number;
  readonly phase?: string;
  /** Whether the module was in training mode. */
  readonly training?: boolean;
  /** Key in the same file of the tensor that was the module's input. */
  readonly input?: string;
  /** Number of samples that the module processed, if the dump has fewer. */
  readonly samples?: number;
  /** Original type of the tensor, if it is stored in another. */
  readonly dtype?: DType;
  /** See {@link Narrowing.error}. */
  readonly storageError?: number;
  /** Finite values that the stored type does not hold. */
  readonly overflowed?: number;
}

/** A tensor that is a parameter or a running statistic of a normalization layer, not an activation. */
export interface ParameterNote {
  readonly layer: string;
  readonly role: ParameterRole;
}

/** What the recorder says in a file: maps from its keys to their descriptions, and numbers of its step. */
export interface TensorNotes {
  readonly tensorNotes: ReadonlyMap<string, TensorNote>;
  readonly parameters: ReadonlyMap<string, ParameterNote>;
  /** Single numbers of the file's step, such as the loss, by name. */
  readonly scalars: ReadonlyMap<string, number>;
}

export const NO_TENSOR_NOTES: TensorNotes = {
  tensorNotes: new Map(),
  parameters: new Map(),
  scalars: new Map(),
};

export const PARAMETER_ROLES = [
  'weight',
  'bias',
  'running_mean',
  'running_var',
] as const satisfies readonly ParameterRole[];

const TENSOR_FIELDS = {
  layer: text,
  call: wholeNumber(0),
  phase: text,
  training: flag,
  samples: wholeNumber(1),
  input: text,
  dtype: oneOf(Object.keys(ITEM_SIZE) as DType[], () => t('an element type')),
  storageError: plainField(
    (value): value is number => Number.isFinite(value) && Number(value) >= 0,
    () => t('a number >= 0'),
  ),
  overflowed: wholeNumber(1),
};

const PARAMETER_FIELDS = {
  layer: text,
  role: oneOf(PARAMETER_ROLES, () => t('one of {0}', PARAMETER_ROLES.join(', '))),
};

/**
 * Reads `tensors`, `parameters` and `scalars` of a `normscope` metadata document. Each wrong part is reported and skipped;
 * a parameter without layer or role stays a parameter of nothing rather than becoming an activation.
 */
export function readTensorNotes(document: unknown, report: Report): TensorNotes {
  if (!isObject(document)) return NO_TENSOR_NOTES;
  const tensorNotes = new Map<string, TensorNote>();
  for (const [key, value, at] of entriesAt(document, 'tensors', report)) {
    const note = readFields(TENSOR_FIELDS, value, at, report);
    tensorNotes.set(key, note.phase === undefined ? note : { ...note, phase: normalizePhase(note.phase) });
  }
  return {
    tensorNotes,
    parameters: readParameters(document, report),
    scalars: readScalars(document, report),
  };
}

/** The parameters of the file before, and the JSON text that says so: those of one run are the same at each step. */
let known: { readonly json: string; readonly parameters: ReadonlyMap<string, ParameterNote> } | undefined;

function readParameters(
  document: Readonly<Record<string, unknown>>,
  report: Report,
): ReadonlyMap<string, ParameterNote> {
  if (!Object.hasOwn(document, 'parameters')) return NO_TENSOR_NOTES.parameters;
  const json = JSON.stringify(document['parameters']);
  if (known?.json === json) return known.parameters;
  const parameters = new Map<string, ParameterNote>();
  let isValid = true;
  const refuse: Report = (...wrong) => {
    isValid = false;
    report(...wrong);
  };
  for (const [key, value, at] of entriesAt(document, 'parameters', refuse)) {
    const { layer, role } = readFields(PARAMETER_FIELDS, value, at, refuse);
    if (layer !== undefined && role !== undefined) parameters.set(key, { layer, role });
    else refuse(at().slice(0, -1), '{ "layer": string, "role": string }', value);
  }
  if (isValid && json.length <= MOST_KEPT) known = { json, parameters };
  return parameters;
}

/** Characters of a text that is kept. */
const MOST_KEPT = 1 << 18;

const MAX_SCALARS = 1000;

function readScalars(
  document: Readonly<Record<string, unknown>>,
  report: Report,
): ReadonlyMap<string, number> {
  const scalars = new Map<string, number>();
  if (!Object.hasOwn(document, 'scalars')) return scalars;
  const entries = document['scalars'];
  if (!isObject(entries)) {
    report('scalars', t('an object of numbers'), entries);
    return scalars;
  }
  for (const [name, value] of Object.entries(entries).slice(0, MAX_SCALARS)) {
    const number = numberIn(value);
    if (number === undefined) report(`scalars[${JSON.stringify(name)}]`, t('a number'), value);
    else scalars.set(name, number);
  }
  return scalars;
}

function entriesAt(
  document: Readonly<Record<string, unknown>>,
  property: string,
  report: Report,
): [key: string, value: Readonly<Record<string, unknown>>, at: () => string][] {
  if (!Object.hasOwn(document, property)) return [];
  const entries = document[property];
  if (!isObject(entries)) {
    report(property, t('an object keyed by tensor name'), entries);
    return [];
  }
  const found: ReturnType<typeof entriesAt> = [];
  for (const [key, value] of Object.entries(entries)) {
    const at = () => `${property}[${JSON.stringify(key)}]`;
    if (isObject(value)) found.push([key, value, () => `${at()}.`]);
    else report(at(), t('an object'), value);
  }
  return found;
}
