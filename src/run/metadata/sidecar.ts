import { t } from '@vscode/l10n';
import * as v from 'valibot';
import { ITEM_SIZE } from '../../formats/dtype';
import { jsonExcess } from '../../formats/jsonKeys';
import { ONE_BYTE_FLOATS } from '../../formats/rawTypes';
import type { FormatHints } from '../../formats/tensorFile';
import type { DType, ModuleAttribute } from '../../model/catalog';
import type { Knobs } from '../../model/knobs';
import { type Problem, problemError } from '../../model/problem';
import { layoutTextProblem } from '../layout';
import { field, flag, isObject, oneOf, type Report, readFields, text, wholeNumber } from './fields';
import { matchesGlob } from './glob';
import { NO_TENSOR_NOTES, readTensorNotes, type TensorNotes } from './tensorNotes';

export type { Report } from './fields';

/** What a recorder or a person says of one layer, or of all that a pattern fits. */
export interface LayerSettings {
  readonly layout?: string;
  readonly module?: string;
  readonly epsilon?: number;
  readonly groups?: number;
  readonly momentum?: number;
  /** Of layer normalization: the extents of the axes that it normalizes over, the tensor's last ones. */
  readonly normalizedShape?: readonly number[];
  /** Name of the layer whose records are this layer's input. */
  readonly input?: string;
  /** Whether the module was in training mode. */
  readonly training?: boolean;
  readonly phase?: string;
  /** The steps of the tensor's first axis, one per index; the layout is that of the other axes. */
  readonly steps?: readonly number[];
  readonly dtype?: DType;
  /** Whether to read complex tensors, as two channels: the real and the imaginary part. */
  readonly complex?: 'channels';
  readonly source?: { readonly file: string; readonly line?: number | undefined };
  /** Qualified name of the module's class, if `module` is the class that it derives from. */
  readonly class?: string;
  /** The class of torch.nn that it is or derives from. */
  readonly base?: string;
  /** Whether its forward pass is not that of `base`. */
  readonly ownForward?: boolean;
  /** The numbers, flags and short lists of numbers that the module carries, by attribute name. */
  readonly attributes?: Readonly<Record<string, ModuleAttribute>>;
}

/** A table of scalars: CSV with a header, or JSON Lines. */
export interface ScalarTableFile {
  /** Path from the sidecar's folder, in it or below it. */
  readonly file: string;
  /** Name of the column with the steps. */
  readonly step?: string | undefined;
  /** Names of the columns to read. */
  readonly columns?: readonly string[] | undefined;
}

/** The metadata of a run. */
export interface Sidecar {
  readonly schema?: string;
  readonly name?: string;
  readonly description?: string;
  readonly phase?: string;
  readonly epsilon?: number;
  readonly groups?: number;
  /** For tensors of layers that declare no steps, as in {@link LayerSettings}. */
  readonly steps?: readonly number[];
  /** As in {@link LayerSettings}. */
  readonly complex?: 'channels';
  /** Layer names in network order. */
  readonly order?: readonly string[];
  /** What distinguishes the run from others of a sweep. */
  readonly knobs?: Knobs;
  /** Tables with the run's scalars. */
  readonly scalarFiles?: readonly ScalarTableFile[];
  /** By layer name or pattern with `*`, in the order of the document. */
  readonly layers: ReadonlyMap<string, LayerSettings>;
}

const positive = field(v.pipe(v.number(), v.finite(), v.gtValue(0)), () => t('a number greater than 0'));
const count = wholeNumber(1);

const steps = field(v.pipe(v.array(wholeNumber(0).schema), v.minLength(1)), () =>
  t('a list of integers >= 0'),
);

const complex = field(v.literal('channels'), () => '"channels"');

/** A path that does not lead out of the folder. */
const tablePath = v.pipe(
  text.schema,
  v.regex(/^(?![/\\])(?!(?:.*\/)?\.\.(?:\/|$))[^\\\0]+\.(?:csv|tsv|jsonl|ndjson)$/iu),
);

const MAX_TABLES = 100;

const scalarTables = field(
  v.pipe(
    v.array(
      v.object({
        file: tablePath,
        step: v.optional(text.schema),
        columns: v.optional(v.array(text.schema)),
      }),
    ),
    v.maxLength(MAX_TABLES),
  ),
  () =>
    t(
      'a list of {0}, with paths to .csv, .tsv or .jsonl files in this folder',
      '{ "file", "step"?, "columns"? }',
    ),
);

/** More would fit into no title. */
const MAX_KNOBS = 100;

const knobs = field(
  v.pipe(
    // A list is a record to valibot.
    v.custom<Readonly<Record<string, unknown>>>(isObject),
    v.record(
      v.pipe(v.string(), v.regex(/\S/u)),
      v.union([v.pipe(v.number(), v.finite()), v.boolean(), text.schema]),
    ),
    v.check((each) => Object.keys(each).length <= MAX_KNOBS),
  ),
  () => t('an object of numbers, booleans, and non-empty strings, with at most {0} entries', MAX_KNOBS),
);

const RUN_FIELDS = {
  schema: field(v.literal('normscope-run/1'), () => '"normscope-run/1"'),
  name: text,
  description: text,
  phase: text,
  epsilon: positive,
  groups: count,
  steps,
  complex,
  order: field(v.array(v.string()), () => t('a list of layer names')),
  knobs,
  scalarFiles: scalarTables,
};

const DTYPES = Object.keys(ITEM_SIZE) as DType[];

const number = v.pipe(v.number(), v.finite());

/** Whether these are attributes; none of the names that the schema leaves out. */
function areAttributes(value: unknown): boolean {
  const isPlain = (each: unknown) => Number.isFinite(each) || typeof each === 'boolean';
  return (
    isObject(value) &&
    Object.entries(value).every(
      ([name, each]) =>
        !LEFT_OUT.has(name) && (each === null || (Array.isArray(each) ? each.every(isPlain) : isPlain(each))),
    )
  );
}

const LEFT_OUT: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

const LAYER_FIELDS = {
  layout: field(
    v.pipe(
      v.string(),
      v.check((layout) => layoutTextProblem(layout) === undefined),
    ),
    () => t('one capital letter per axis, with exactly one C and at most one N, such as "NCHW"'),
  ),
  module: text,
  epsilon: positive,
  groups: count,
  momentum: field(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), () => t('a number from 0 to 1')),
  normalizedShape: field(v.pipe(v.array(count.schema), v.minLength(1)), () => t('a list of integers >= 1')),
  input: text,
  training: flag,
  phase: text,
  steps,
  dtype: oneOf(DTYPES, () => t('one of {0}', DTYPES.join(', '))),
  complex,
  source: field(
    v.object({ file: text.schema, line: v.optional(count.schema) }),
    () => '{ "file": string, "line"?: integer >= 1 }',
  ),
  class: text,
  base: text,
  ownForward: flag,
  attributes: field(
    v.record(v.string(), v.union([number, v.boolean(), v.null(), v.array(v.union([number, v.boolean()]))])),
    () => t('an object of numbers, booleans, nulls, and lists of these'),
    areAttributes,
  ),
};

/** Property names that the parser reads; the JSON Schema must have the same. */
export const SIDECAR_PROPERTIES = {
  run: ['$schema', ...Object.keys(RUN_FIELDS), 'recordedLayouts', 'layers'],
  layer: Object.keys(LAYER_FIELDS),
};

/**
 * Parses the text of a sidecar. Ignores unknown keys. Invalid values are skipped, and each becomes a `sidecar` problem
 * that names its JSON path. `path` is the URI in problems. `notes` are only useful if the document is a dump file's
 * metadata; `value` is the parsed document, undefined if it is ignored as a whole.
 */
export function parseSidecar(
  document: string,
  path: string,
): { sidecar: Sidecar; notes: TensorNotes; problems: readonly Problem[]; value?: unknown } {
  const problems: Problem[] = [];
  let value: unknown;
  const excess = jsonExcess(document, MODEST);
  if (excess !== undefined) {
    const message = t('The metadata is ignored. {0}', excess);
    problems.push(problemError('sidecar', path, message).problem);
    return { sidecar: NO_SIDECAR, notes: NO_TENSOR_NOTES, problems };
  }
  try {
    value = JSON.parse(document);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.push(
      problemError('sidecar', path, t('The metadata is ignored because it is not valid JSON: {0}.', reason))
        .problem,
    );
    return { sidecar: NO_SIDECAR, notes: NO_TENSOR_NOTES, problems };
  }
  let wrong = 0;
  const report = (at: string, expected: string, found: unknown) => {
    if (++wrong > MAX_PROBLEMS) return;
    const message =
      at === ''
        ? t('The metadata is ignored: expected {0}, found {1}.', expected, show(found))
        : t('{0} is ignored: expected {1}, found {2}.', at, expected, show(found));
    problems.push(problemError('sidecar', path, message).problem);
  };
  const sidecar = readSidecar(value, report);
  const notes = readTensorNotes(value, report);
  if (wrong > MAX_PROBLEMS) {
    const message = t('{0} more properties are invalid and ignored.', wrong - MAX_PROBLEMS);
    problems.push(problemError('sidecar', path, message).problem);
  }
  return { sidecar, notes, problems, value };
}

/** The document itself nests four levels. */
const MODEST = { depth: 100, values: 1_000_000 };
/** Maximum number of invalid values that are reported individually. */
const MAX_PROBLEMS = 20;
/** Patterns are held against every layer's name. */
const MAX_PATTERNS = 1000;
const MAX_PATTERN_LENGTH = 500;
const MAX_LAYERS = 20_000;
/** Longer names are what no pattern says. */
const MAX_NAME_LENGTH = 4096;

export const NO_SIDECAR: Sidecar = { layers: new Map() };

/** Reads a sidecar from a parsed JSON value; each wrong part is reported and skipped. */
export function readSidecar(value: unknown, report: Report): Sidecar {
  if (!isObject(value)) {
    report('', t('an object'), value);
    return NO_SIDECAR;
  }
  const layers = new Map<string, LayerSettings>();
  const entries = Object.hasOwn(value, 'layers') ? value['layers'] : {};
  if (!isObject(entries)) {
    report('layers', t('an object keyed by layer name'), entries);
  } else {
    let patterns = 0;
    const named = Object.entries(entries);
    if (named.length > MAX_LAYERS) report('layers', t('at most {0} layers', MAX_LAYERS), named.length);
    for (const [name, settings] of named.slice(0, MAX_LAYERS)) {
      if (name.includes('*') && (++patterns > MAX_PATTERNS || name.length > MAX_PATTERN_LENGTH)) {
        const expected = t(
          'at most {0} patterns of at most {1} characters',
          MAX_PATTERNS,
          MAX_PATTERN_LENGTH,
        );
        report('layers', expected, name);
        continue;
      }
      const at = () => `layers[${show(name)}]`;
      if (isObject(settings))
        layers.set(
          name,
          readFields(LAYER_FIELDS, settings, () => `${at()}.`, report),
        );
      else report(at(), t('an object'), settings);
    }
  }
  return { ...readFields(RUN_FIELDS, value, () => '', report), layers };
}

function show(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}

/**
 * The sidecar's settings for a layer: matching patterns in document order, later ones overriding earlier ones, then the
 * entry with exactly this name. Run-wide ε, groups, phase, steps, and complex are the weakest. `names`: the full and the short
 * name.
 */
export function settingsFor(sidecar: Sidecar, names: readonly string[]): LayerSettings {
  const { epsilon, groups, phase, steps, complex } = sidecar;
  let settings: LayerSettings = {
    ...(epsilon !== undefined && { epsilon }),
    ...(groups !== undefined && { groups }),
    ...(phase !== undefined && { phase }),
    ...(steps !== undefined && { steps }),
    ...(complex !== undefined && { complex }),
  };
  for (const [pattern, each] of patternsOf(sidecar)) {
    if (names.some((name) => name.length <= MAX_NAME_LENGTH && matchesGlob(pattern, name)))
      settings = { ...settings, ...each };
  }
  for (const name of [...names].reverse()) settings = { ...settings, ...sidecar.layers.get(name) };
  return settings;
}

const knownPatterns = new WeakMap<Sidecar, readonly (readonly [string, LayerSettings])[]>();

/** The patterns among the names of layers: usually none of hundreds, and every tensor asks. */
function patternsOf(sidecar: Sidecar): readonly (readonly [string, LayerSettings])[] {
  const patterns =
    knownPatterns.get(sidecar) ?? [...sidecar.layers].filter(([pattern]) => pattern.includes('*'));
  knownPatterns.set(sidecar, patterns);
  return patterns;
}

/** What the sidecars say of elements that NumPy files hold as raw bytes: the types that any layer has. */
export function rawTypeHints(sidecars: readonly Sidecar[]): FormatHints {
  const types = new Set(sidecars.flatMap(({ layers }) => [...layers.values()].map(({ dtype }) => dtype)));
  const rawOneByte = ONE_BYTE_FLOATS.find((type) => types.has(type));
  return { rawTwoByteIsBfloat16: types.has('bfloat16'), ...(rawOneByte !== undefined && { rawOneByte }) };
}
