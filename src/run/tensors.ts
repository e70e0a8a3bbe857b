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
import { type Grammar, grammarFor, parseName } from './naming/naming';
import type { ParsedName, TensorName } from './naming/parsedName';
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
  const usable: { header: FileHeader; info: RecordInfo; name: TensorName }[] = [];
  const apart = yield* withoutOtherKinds(yield* mapInTurns(headers, recogniseRecorder));
  const unrecognized = [...apart.unrecognized];
  for (const header of apart.headers) {
    for (const [key, parameter] of header.parameters) {
      parameters.set(`${parameter.role}\n${parameter.layer}\n${key}`, { ...parameter, key });
    }
    if (header.unrecognized !== undefined)
      unrecognized.push({ path: header.file.uri, reason: header.unrecognized });
    yield* inTurns(yield* networkOrder(header.tensors), (info) => {
      if (header.parameters.has(info.name)) return;
      const reason = unfitness(info);
      if (reason === undefined) usable.push({ header, info, name: nameOf(header, info) });
      else
        unrecognized.push({ path: header.file.uri, ...(info.name !== '' && { tensor: info.name }), reason });
    });
    yield;
  }
  const names = usable.map(({ name }) => name);
  const sizes = yield* batchSizes(names);
  const groups = yield* digitGroups(names);
  const grammar = yield* grammarFor(names, {
    batchIsSize: sizes !== undefined && readingOf(sizes, readings) === 'layer',
    digitsAreGrouped: groups !== undefined && readingOf(groups, readings) === 'one',
  });
  const parse = parserOfFiles(grammar);
  const { names: parsed, questions } = yield* readTogether(
    yield* mapInTurns(usable, ({ header, info, name }) => parsedName(name, info, header, parse)),
    readings,
  );
  const tensors = yield* mapInTurns(usable, ({ header, info }, index): FoundTensor => {
    const note = header.tensorNotes.get(info.name);
    return {
      header,
      info,
      parsed: parsed[index],
      fields: { ...parsed[index].fields, ...header.fields, ...info.fields, ...fieldsOf(note) },
      note,
    };
  });
  return {
    tensors,
    parameters: [...parameters.values()],
    headers: apart.headers,
    unrecognized,
    questions: [sizes, groups, ...questions].filter((question) => question !== undefined),
  };
}

/**
 * Parses names, those of a file one after the other. Where a recorder states the layers, the names of a file are the same
 * but for the layer.
 */
function parserOfFiles(grammar: Grammar): (name: TensorName, header: FileHeader) => ParsedName {
  const known = new Map<string, ParsedName>();
  let file: FileHeader | undefined;
  return (name, header) => {
    if (grammar.namedByWord.has(name)) return parseName(name, grammar);
    if (header !== file) known.clear();
    file = header;
    const key = `${name.folders.length}\n${name.stem}\n${name.key}`;
    const parsed = known.get(key) ?? parseName(name, grammar);
    known.set(key, parsed);
    return parsed;
  };
}

/** A parsed name. If the recorder or the file states the layer, the key is not parsed. */
function parsedName(
  name: TensorName,
  info: RecordInfo,
  header: FileHeader,
  parse: ReturnType<typeof parserOfFiles>,
): ParsedName {
  const layer = header.tensorNotes.get(info.name)?.layer ?? info.layer;
  const parsed =
    layer === undefined
      ? parse(name, header)
      : { ...parse({ ...name, key: keyAround(info) }, header), key: layer };
  return { ...parsed, fields: { ...parsed.fields, ...header.fields, ...info.fields } };
}

/** The groups around a tensor whose own name says the layer: they may say when it was. */
function keyAround({ name, summarized }: RecordInfo): string {
  return summarized === undefined ? name.replace(/[^/]*$/u, 'x') : 'x';
}

function fieldsOf(note: TensorNote | undefined): NameFields {
  return {
    ...(note?.call !== undefined && { call: note.call }),
    ...(note?.phase !== undefined && { phase: note.phase }),
  };
}

function nameOf({ file }: FileHeader, info: RecordInfo): TensorName {
  if (info.isNamed === undefined)
    return { folders: file.folders, stem: stemOf(file.name), key: info.key ?? info.name };
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
