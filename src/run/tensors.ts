import { t } from '@vscode/l10n';
import type { Unrecognized } from '../model/catalog';
import { type InTurns, inTurns, mapInTurns } from '../model/inTurns';
import { type Question, type Readings, readingOf } from '../model/questions';
import type { FileHeader, RecordInfo } from './fileHeader';
import { stemOf } from './listing/fileKinds';
import type { ParameterNote, TensorNote } from './metadata/tensorNotes';
import { batchSizes } from './naming/batchSizes';
import { digitGroups } from './naming/digitGroups';
import type { NameFields } from './naming/nameFields';
import { sortNaturallyInTurns } from './naming/names';
import { type Grammar, grammarFor, type KnownTexts, parseName } from './naming/naming';
import { type ParsedName, type TensorName, textsOf } from './naming/parsedName';
import { readTogether } from './naming/readings';
import { withoutOtherKinds } from './otherKinds';
import { maySayLayer, recogniseRecorder } from './recorders/recorders';

/** One tensor of one file, its name taken apart. */
export interface FoundTensor {
  readonly header: FileHeader;
  readonly info: RecordInfo;
  readonly parsed: ParsedName;
  /** Fields of the name, overridden by what the file states about itself and this tensor. */
  readonly fields: NameFields;
  /** What the recorder says of it. */
  readonly note: TensorNote | undefined;
}

/** A parameter or running statistic of a layer, and its location. */
export interface FoundParameter extends ParameterNote {
  readonly key: string;
}

/** What the headers of a run contain. */
interface FoundTensors {
  readonly tensors: readonly FoundTensor[];
  readonly parameters: readonly FoundParameter[];
  readonly unrecognized: readonly Unrecognized[];
  /** Headers without the tensors that are not charted beside activations. */
  readonly headers: readonly FileHeader[];
  /** What names leave open. */
  readonly questions: readonly Question[];
}

/**
 * The tensors of all files that can be records, in network order as far as the files show it. Scalars and empty tensors
 * are listed separately, and so are parameters, once per layer, role, and key.
 */
export function* findTensors(headers: readonly FileHeader[], readings?: Readings): InTurns<FoundTensors> {
  const parameters = new Map<string, FoundParameter>();
  const seen = new Set<FileHeader['parameters']>();
  const usable: NamedTensor[] = [];
  const apart = yield* withoutOtherKinds(yield* mapInTurns(headers, recogniseRecorder));
  const unrecognized = [...apart.unrecognized];
  const known = new Map<readonly RecordInfo[], FitTensors>();
  for (const header of apart.headers) {
    if (!seen.has(header.parameters)) {
      for (const [key, parameter] of header.parameters)
        parameters.set(`${parameter.role}\n${parameter.layer}\n${key}`, { ...parameter, key });
      seen.add(header.parameters);
    }
    const path = header.file.uri;
    if (header.unrecognized !== undefined) unrecognized.push({ path, reason: header.unrecognized });
    const shared = known.get(header.tensors);
    const found = shared?.parameters === header.parameters ? shared : yield* fitTensors(header);
    known.set(header.tensors, found);
    for (const each of found.unfit) unrecognized.push({ path, ...each });
    const stem = stemOf(header.file.name);
    yield* inTurns(found.fit, (info) => {
      const note = header.tensorNotes.get(info.name);
      usable.push({ header, info, note, name: nameOf(header, stem, info) });
    });
    yield;
  }
  const names = usable.map(({ name }) => name);
  const texts = yield* textsOf(names);
  const sizes = yield* batchSizes(texts);
  const groups = yield* digitGroups(texts);
  const grammar = yield* grammarFor(names, texts, {
    batchIsSize: sizes !== undefined && readingOf(sizes, readings) === 'layer',
    digitsAreGrouped: groups !== undefined && readingOf(groups, readings) === 'one',
  });
  const { names: parsed, questions } = yield* readTogether(
    yield* mapInTurns(usable, parserOfFiles(grammar)),
    readings,
  );
  const tensors = yield* mapInTurns(usable, foundTensors(parsed));
  return {
    tensors,
    parameters: [...parameters.values()],
    headers: apart.headers,
    unrecognized,
    questions: [sizes, groups, ...questions].filter((question) => question !== undefined),
  };
}

/** A tensor that can be a record. */
interface NamedTensor extends Pick<FoundTensor, 'header' | 'info' | 'note'> {
  readonly name: TensorName;
}

/** The tensors of a file that can be records, and the others, apart from parameters. */
interface FitTensors extends Pick<FileHeader, 'parameters'> {
  /** In network order. */
  readonly fit: readonly RecordInfo[];
  readonly unfit: readonly Omit<Unrecognized, 'path'>[];
}

function* fitTensors({ tensors, parameters }: FileHeader): InTurns<FitTensors> {
  const fit: RecordInfo[] = [];
  const unfit: Omit<Unrecognized, 'path'>[] = [];
  yield* inTurns(yield* networkOrder(tensors), (info) => {
    if (parameters.has(info.name)) return;
    const reason = unfitness(info);
    if (reason === undefined) fit.push(info);
    else unfit.push({ ...(info.name !== '' && { tensor: info.name }), reason });
  });
  return { fit, unfit, parameters };
}

/**
 * Parses names, those of a file one after the other. If the recorder or the file states the layer, the key is not
 * parsed: the names of a file are then the same but for the layer.
 */
function parserOfFiles(grammar: Grammar): (tensor: NamedTensor) => ParsedName {
  /** Those of the file, with its fields, by key. */
  const known = new Map<string, ParsedName>();
  /** The same for names that nothing is read from the file's name for. */
  const named = new Map<string, ParsedName>();
  const texts: KnownTexts = new Map();
  let file: FileHeader | undefined;
  const parse = (name: TensorName, { header, info }: NamedTensor): ParsedName => {
    if (header !== file) {
      known.clear();
      named.clear();
      file = header;
    }
    const isWord = grammar.namedByWord.has(name);
    const others = info.isNamed === undefined ? known : named;
    const found = isWord ? undefined : others.get(name.key);
    if (found !== undefined) return found;
    const parsed = parseName(name, grammar, texts);
    const whole = { ...parsed, fields: { ...parsed.fields, ...header.fields } };
    if (!isWord) others.set(name.key, whole);
    return whole;
  };
  return (tensor) => {
    const { name, info, note } = tensor;
    const layer = note?.layer ?? info.layer;
    const parsed =
      layer === undefined
        ? parse(name, tensor)
        : { ...parse({ ...name, key: keyAround(info) }, tensor), key: layer };
    return info.fields === undefined ? parsed : { ...parsed, fields: { ...parsed.fields, ...info.fields } };
  };
}

/** The groups around a tensor whose own name says the layer: they may say when it was. */
function keyAround({ name, summarized }: RecordInfo): string {
  return summarized === undefined ? `${name.slice(0, name.lastIndexOf('/') + 1)}x` : 'x';
}

/** Puts tensors and their names together; those of a file that say the same share their fields. */
function foundTensors(parsed: readonly ParsedName[]): (tensor: NamedTensor, index: number) => FoundTensor {
  let last: FoundTensor | undefined;
  return ({ header, info, note }, index) => {
    const own = parsed[index];
    const isSame =
      last?.header === header &&
      last.parsed.fields === own.fields &&
      last.info.fields === info.fields &&
      last.note?.call === note?.call &&
      last.note?.phase === note?.phase;
    const fields =
      last !== undefined && isSame
        ? last.fields
        : { ...own.fields, ...header.fields, ...info.fields, ...fieldsOf(note) };
    last = { header, info, parsed: own, fields, note };
    return last;
  };
}

function fieldsOf(note: TensorNote | undefined): NameFields {
  return {
    ...(note?.call !== undefined && { call: note.call }),
    ...(note?.phase !== undefined && { phase: note.phase }),
  };
}

function nameOf({ file }: FileHeader, stem: string, info: RecordInfo): TensorName {
  if (info.isNamed === undefined) return { folders: file.folders, stem, key: info.key ?? info.name };
  return { folders: file.folders.filter(maySayLayer), stem: '', key: info.key ?? info.name };
}

/** Why a tensor cannot be a record. */
function unfitness({ shape, summarized, excludedReason }: RecordInfo): string | undefined {
  if (excludedReason !== undefined) return excludedReason;
  if (summarized !== undefined) return undefined;
  if (shape.length === 0) return t('The tensor is a single number (rank 0), which has no channels.');
  if (shape.includes(0)) return t('The tensor has no elements: [{0}].', shape.join(', '));
  return undefined;
}

/**
 * The order in which a file lists its tensors is usually that of the network. One that is alphabetical within each
 * dtype comes from the writer instead (safetensors sorts so) and is replaced by natural order.
 */
function* networkOrder(tensors: readonly RecordInfo[]): InTurns<readonly RecordInfo[]> {
  const seen = new Set<string>();
  const alphabetical = tensors.every(({ dtype, name }, index) => {
    const previous = tensors[index - 1];
    if (previous?.dtype === dtype) return previous.name <= name;
    const fresh = !seen.has(dtype);
    seen.add(dtype);
    return fresh;
  });
  return alphabetical ? yield* sortNaturallyInTurns(tensors, ({ name }) => name) : tensors;
}
