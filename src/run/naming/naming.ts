import { type InTurns, inTurns } from '../../model/inTurns';
import { joinDigitGroups } from './digitGroups';
import { type MutableFields, normalizePhase } from './nameFields';
import { takeParallelRanks } from './parallelRanks';
import type { NameTexts, ParsedName, Remainder, TensorName } from './parsedName';
import {
  type CounterRule,
  counterValue,
  DOTTED_RULES,
  HOOK_CALL,
  KEY_RULES,
  MAY_COUNT,
  PATH_RULES,
  PHASE_WORD,
  SHORT_RANK,
  saysNoLayer,
  TRAILING_CALL,
  WHOLE_RULES,
} from './vocabulary';
import { without } from './without';
import { wordsAsNames } from './wordsAsNames';

/** Readings that apply only if the run as a whole supports them; see {@link grammarFor}. */
export interface Grammar {
  /** Names that end in a word of the vocabulary that is part of the name; see {@link wordsAsNames}. */
  readonly namedByWord: ReadonlySet<TensorName>;
  /** Whether numbers after `batch` are sizes, and parts of names. */
  readonly batchIsSize: boolean;
  /** Whether digits after a step belong to it: `step_1_000` is step 1000. */
  readonly digitsAreGrouped: boolean;
  /** Whether keys start with a phase (`train.conv1`) that distinguishes otherwise equal keys. */
  readonly leadingPhase: boolean;
  /** `conv1_r3`: whether a rank counts next to a layer's name (it is not LoRA's r). */
  readonly looseRank: boolean;
  /** Texts without their phases, if several phases occur in the same text: `mnist_train_acts`. */
  readonly phaseBases: ReadonlySet<string>;
  /** `conv1_train`: whether a phase counts next to a layer's name. */
  readonly loosePhase: boolean;
}

export const STRICT_GRAMMAR: Grammar = {
  namedByWord: new Set(),
  batchIsSize: false,
  digitsAreGrouped: false,
  leadingPhase: false,
  phaseBases: new Set(),
  looseRank: false,
  loosePhase: false,
};

/**
 * Finds the readings that all names of a run support. Ranks start at 0, so `_r3` next to a layer name is a rank if
 * `_r0` occurs too. `_train` at the end of a name is a phase if another phase occurs at the same position. `texts`: those
 * of the names.
 */
export function* grammarFor(
  names: readonly TensorName[],
  texts: NameTexts,
  chosen: Partial<Pick<Grammar, 'batchIsSize' | 'digitsAreGrouped'>> = {},
): InTurns<Grammar> {
  const phases = new Set<string>();
  const phasesOf = new Map<string, Set<string>>();
  let looseRank = false;
  yield* inTurns(texts.around, (text) => {
    looseRank ||= SHORT_RANK.exec(text)?.[1] === '0';
    const phase = PHASE_WORD.exec(text);
    if (phase !== null) {
      const base = without(text, phase.index, phase[0].length);
      phasesOf.set(base, (phasesOf.get(base) ?? new Set()).add(normalizePhase(phase[0])));
    }
    if (phase !== null && phase.index + phase[0].length === text.length) phases.add(normalizePhase(phase[0]));
  });
  const namedByWord = wordsAsNames(names, texts);
  yield;
  const leadingPhase = hasLeadingPhases(texts);
  yield;
  return {
    namedByWord,
    batchIsSize: chosen.batchIsSize === true,
    digitsAreGrouped: chosen.digitsAreGrouped === true,
    leadingPhase,
    phaseBases: new Set([...phasesOf].flatMap(([base, each]) => (each.size > 1 ? [base] : []))),
    looseRank,
    loosePhase: phases.size > 1,
  };
}

/** `train.conv1`, `val_conv1`: a phase at the start of a key. */
const LEADING_PHASE = /^(train(?:ing)?|eval(?:uation)?|val(?:id(?:ation)?)?|test(?:ing)?)[._](?=\S)/iu;

/** Returns whether the same key occurs after two phases. */
function hasLeadingPhases({ keys }: NameTexts): boolean {
  const phaseOf = new Map<string, string>();
  return [...keys].some((key) => {
    const match = LEADING_PHASE.exec(key);
    if (match === null) return false;
    const rest = key.slice(match[0].length);
    const phase = normalizePhase(match[1]);
    const other = phaseOf.get(rest);
    phaseOf.set(rest, phase);
    return other !== undefined && other !== phase;
  });
}

/**
 * Extracts step, epoch, phase, rank, and call index from a path and a key; the rest names the layer.
 *
 * If a field occurs twice, the one nearer to the tensor counts: first the `/` segments at the start of the key, then
 * the file name, then its folders from the inside out. The rest of the key comes last, because words there may belong
 * to the layer. A field that is not used stays in its text. `known`: what was found for other names of the run.
 */
export function parseName(name: TensorName, grammar: Grammar, known: KnownTexts = new Map()): ParsedName {
  const fields: MutableFields = {};
  const leading = grammar.leadingPhase ? LEADING_PHASE.exec(name.key) : null;
  if (leading !== null) fields.phase = normalizePhase(leading[1]);
  const segments = name.key.slice(leading?.[0].length ?? 0).split('/');
  const lead = takeLead(segments, fields, grammar, known);
  const isWord = grammar.namedByWord.has(name);
  const stem =
    isWord && name.key === ''
      ? { text: name.stem, marked: false }
      : takeFields(name.stem, name.key === '' ? 'tensorFile' : 'path', fields, grammar, known);
  const folders = [...name.folders]
    .reverse()
    .map((folder) => takeFields(folder, 'path', fields, grammar, known))
    .reverse();
  const key = segments
    .slice(lead)
    .map((segment, index, { length }) =>
      isWord && index === length - 1 ? segment : takeFields(segment, 'segment', fields, grammar, known).text,
    )
    .filter((segment) => segment !== '')
    .join('/');
  return { fields, folders, stem, key, keyed: name.key !== '' };
}

/** Takes the fields of leading key segments that consist only of fields. Returns the number of those segments. */
function takeLead(
  segments: readonly string[],
  fields: MutableFields,
  grammar: Grammar,
  known: KnownTexts,
): number {
  for (let lead = 0; lead < segments.length - 1; lead++) {
    const found = { ...fields };
    if (takeFields(segments[lead], 'segment', found, grammar, known).text !== '') return lead;
    Object.assign(fields, found);
  }
  return segments.length - 1;
}

/** `tensorFile` is the stem of a file that is one tensor; `segment` a part of a key between slashes. */
type Place = 'path' | 'tensorFile' | 'segment';

/** What was found in texts for which no field was known before. */
export type KnownTexts = Map<string, { readonly rest: Remainder; readonly fields: MutableFields }>;

/** Texts that are kept, at most: names of layers and steps recur, those of a folder of all files do not. */
const MAX_KNOWN = 10_000;

/** Moves the fields of `text` that are still unknown into `fields`. */
function takeFields(
  text: string,
  place: Place,
  fields: MutableFields,
  grammar: Grammar,
  known: KnownTexts,
): Remainder {
  if (Object.keys(fields).length > 0) return searchFields(text, place, fields, grammar);
  const key = `${place}/${text}`;
  let found = known.get(key);
  if (found === undefined) {
    const own: MutableFields = {};
    found = { rest: searchFields(text, place, own, grammar), fields: own };
    if (known.size < MAX_KNOWN) known.set(key, found);
  }
  Object.assign(fields, found.fields);
  // The parts of a name are told apart by identity.
  return { ...found.rest };
}

function searchFields(text: string, place: Place, fields: MutableFields, grammar: Grammar): Remainder {
  if (text.length > LONGEST) return { text, marked: false };
  const ranked = place === 'segment' ? text : takeParallelRanks(text, fields);
  const whole = grammar.digitsAreGrouped ? joinDigitGroups(ranked) : ranked;
  let rest = MAY_COUNT.test(whole) ? takeCounters(whole, place, fields, grammar) : whole;
  if (place !== 'path') rest = takeCall(rest, fields);
  rest = takeShortRank(rest, place, rest !== text, fields, grammar);
  rest = takePhase(rest, place, rest !== text, fields, grammar);
  return { text: rest, marked: rest !== text };
}

/** A longer text is not meant for reading and is not searched. */
const LONGEST = 500;

const RULES_IN_PATHS = [...WHOLE_RULES, ...DOTTED_RULES, ...PATH_RULES];
const RULES_OF_WHOLE = [...WHOLE_RULES, ...PATH_RULES];

function takeCounters(text: string, place: Place, fields: MutableFields, grammar: Grammar): string {
  let rest = text;
  let lower = text.toLowerCase();
  for (const rule of place === 'segment' ? KEY_RULES : RULES_IN_PATHS) {
    if ((rule.field === 'batch' && grammar.batchIsSize) || !rule.mayMatch(lower)) continue;
    rest = takeCounter(rest, rule, fields);
    lower = rest.toLowerCase();
  }
  return place === 'segment' ? takeWhole(rest, fields) : rest;
}

function takeCounter(text: string, rule: CounterRule, fields: MutableFields): string {
  if (fields[rule.field] !== undefined) return text;
  const match = rule.pattern.exec(text);
  if (match === null) return text;
  fields[rule.field] = counterValue(match);
  return without(text, match.index, match[0].length);
}

/** A key segment that is only a field may use every spelling that paths may. */
function takeWhole(segment: string, fields: MutableFields): string {
  const lower = segment.toLowerCase();
  for (const rule of RULES_OF_WHOLE) {
    if (!rule.mayMatch(lower)) continue;
    const match = rule.pattern.exec(segment);
    if (match !== null && match[0].length === segment.length) return takeCounter(segment, rule, fields);
  }
  return segment;
}

function takeCall(text: string, fields: MutableFields): string {
  if (fields.call !== undefined) return text;
  const match = HOOK_CALL.exec(text) ?? TRAILING_CALL.exec(text);
  if (match === null || match.index === 0) return text;
  fields.call = Number(match[1]);
  return without(text, match.index, match[0].length);
}

/** `_r3` counts next to another field, in a name without a layer, or if the run supports it. */
function takeShortRank(
  text: string,
  place: Place,
  marked: boolean,
  fields: MutableFields,
  grammar: Grammar,
): string {
  if (fields.rank !== undefined || place === 'segment') return text;
  const match = SHORT_RANK.exec(text);
  if (match === null || match.index === 0) return text;
  const rest = without(text, match.index, match[0].length);
  if (!marked && !grammar.looseRank && !saysNoLayer(rest)) return text;
  fields.rank = Number(match[1]);
  return rest;
}

/**
 * A phase counts if it is the whole text, next to another field, in a name without a layer, or at the end of a name if
 * the run supports it. `test_run` and `eval_head` keep theirs.
 */
function takePhase(
  text: string,
  place: Place,
  marked: boolean,
  fields: MutableFields,
  grammar: Grammar,
): string {
  if (fields.phase !== undefined) return text;
  const match = PHASE_WORD.exec(text);
  if (match === null) return text;
  const rest = without(text, match.index, match[0].length);
  const atEnd = match.index + match[0].length === text.length;
  const supported =
    rest === '' ||
    marked ||
    (place !== 'segment' && grammar.phaseBases.has(rest)) ||
    (place !== 'segment' && saysNoLayer(rest));
  if (!supported && !(place !== 'segment' && grammar.loosePhase && atEnd)) return text;
  fields.phase = normalizePhase(match[0]);
  return rest;
}
