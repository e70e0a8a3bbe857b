import { type InTurns, mapInTurns } from '../../model/inTurns';
import type { Question, Readings } from '../../model/questions';
import { readingOf } from '../../model/questions';
import { ITEM, isPowerOfTwo, isSetting, SETTING } from './families';
import { isTime } from './moments';
import type { NameFields } from './nameFields';
import type { ParsedName, Remainder } from './parsedName';
import { NUMBERED_PART_NAME, SHARD } from './vocabulary';

/** The possible meanings of numbers without a word. */
type Meaning = 'step' | 'layer';

const PLACES = [
  'folder',
  'folderEnd',
  'stem',
  'key',
  'keyEnd',
  'keyStart',
  'stemEnd',
  'stemGlued',
  'stemStart',
  'tensorEnd',
  'tensorStart',
] as const;

/** A number without a word that may be the step, and the name without it. */
interface Candidate {
  /** Its position. One decision never mixes candidates at different positions. */
  readonly place: (typeof PLACES)[number];
  readonly digits: string;
  readonly name: ParsedName;
  /** For display: the number with its surroundings. */
  readonly shown: string;
}

/**
 * Interprets unlabeled numbers as steps if the run as a whole supports it: `000100/conv1.npy`, `acts_100.npz`, keys
 * `100/conv1`.
 *
 * Does nothing if any name states a step in words, or if at most half of the names have such a number. Numbers that end
 * a name (`conv1_100.npy`) or start a key need more evidence; see {@link supported}. The user can choose the other
 * reading (question `numbers`).
 */
export function* readBareNumbers(
  names: readonly ParsedName[],
  readings?: Readings,
): InTurns<{ readonly names: readonly ParsedName[]; readonly questions: readonly Question[] }> {
  const none = { names, questions: [] };
  if (names.some(({ fields }) => fields.step !== undefined || fields.batch !== undefined)) return none;
  const candidates = yield* mapInTurns(names, candidateOf);
  const present = candidates.filter((candidate) => candidate !== undefined);
  if (2 * present.length <= names.length) return none;
  const places = PLACES.filter((place) => present.some((candidate) => candidate.place === place));
  const accepted = places.filter((place) =>
    supported(
      present.filter((candidate) => candidate.place === place),
      place,
    ),
  );
  const guess: Meaning = 2 * count(present, accepted) > names.length ? 'step' : 'layer';
  const other = guess === 'step' ? isDoubtful(present, accepted) : mayBeSteps(present);
  const isOfSamples = other !== undefined && (ITEM.test(other.shown) || SHARD_NUMBER.test(other.shown));
  const question: Question = {
    id: 'numbers',
    kind: 'numbers',
    example: other?.shown ?? '',
    guess,
    others: [guess === 'step' ? 'layer' : 'step', ...(isOfSamples ? ['call'] : [])],
  };
  const questions = other === undefined ? [] : [question];
  const reading = readingOf(question, readings);
  if (reading === 'layer') return { names, questions };
  const field = reading === 'call' ? 'call' : 'step';
  const read = new Set<string>(guess === 'step' ? accepted : places);
  return {
    questions,
    names: yield* mapInTurns(names, (name, index) => {
      const candidate = candidates[index];
      if (candidate === undefined || !read.has(candidate.place)) return name;
      const fields: NameFields = { ...name.fields, [field]: numberIn(candidate) };
      return { ...candidate.name, fields };
    }),
  };
}

/** Numbers of files that share the samples among them. */
const SHARD_NUMBER = /(?:^|[^\p{L}])shards?[\s_-]?\d+\/?$/iu;

/** `10k` is 10000. */
function numberIn({ digits }: Candidate): number {
  return /k$/iu.test(digits) ? 1000 * Number(digits.slice(0, -1)) : Number(digits);
}

function count(candidates: readonly Candidate[], places: readonly Candidate['place'][]): number {
  return candidates.filter(({ place }) => places.includes(place)).length;
}

/**
 * Returns whether numbers that are read as steps are ambiguous: they are as short as those of layers (below 100, and
 * not padded to three digits), are powers of two as sizes are, number samples, end in `k`, or follow the number of a
 * part or a word without a separator.
 */
function isDoubtful(
  candidates: readonly Candidate[],
  places: readonly Candidate['place'][],
): Candidate | undefined {
  const read = candidates.filter(({ place }) => places.includes(place));
  const isShort = read.every(({ digits }) => digits.length < 3);
  const isSize = read.every(({ digits }) => !digits.startsWith('0') && isPowerOfTwo(Number(digits)));
  const isWeak = read.some(
    (each) =>
      each.place === 'stemGlued' || /k$/iu.test(each.digits) || ITEM.test(each.shown) || isBesidePart(each),
  );
  return isShort || isSize || isWeak ? read[0] : undefined;
}

/**
 * Returns numbers that are read as part of layer names although they could be steps: at least two per base, and the
 * same for all bases; not those of numbered parts (`layer_1`, `block_2`).
 */
function mayBeSteps(candidates: readonly Candidate[]): Candidate | undefined {
  const bases = [...numbersByBase(candidates).values()].map((set) => [...set].sort().join());
  const alike = bases.every((numbers) => numbers === bases[0] && numbers.includes(','));
  const isPart = candidates.some(({ name: { folders, stem } }) =>
    [...folders, stem].some(({ text }) => endsInPart(text)),
  );
  return alike && !isPart ? candidates[0] : undefined;
}

/** Returns the likeliest step among the numbers of one name. */
function candidateOf(name: ParsedName): Candidate | undefined {
  const folder = folderCandidate(name);
  const stem = stemCandidate(name);
  if (
    name.keyed &&
    stem !== undefined &&
    (folder === undefined || stem.digits.length > folder.digits.length)
  ) {
    return stem;
  }
  const [end, start] = [endCandidate(name), startCandidate(name)];
  // In `1000_layer_12`, the number at the end belongs to the layer.
  const ofStem = end === undefined || (start !== undefined && endsInPart(end.name.stem.text)) ? start : end;
  if (folder !== undefined) return folder;
  const ofFile = name.keyed
    ? (ofStem ??
      keyCandidate(name) ??
      gluedCandidate(name, 3) ??
      keyEndCandidate(name) ??
      gluedCandidate(name, 1))
    : (stem ?? ofStem);
  const isPart = ofFile !== undefined && endsInPart(ofFile.name.stem.text);
  return isPart ? (folderEndCandidate(name) ?? ofFile) : (ofFile ?? folderEndCandidate(name));
}

/** `000100/conv1.npy`; the longest number if there are several, but not the index of a part (`layers/3`). */
function folderCandidate(name: ParsedName): Candidate | undefined {
  const isStep = ({ text }: Remainder, index: number) =>
    isNumber(text) && (index === 0 || !NUMBERED_PART_NAME.test(name.folders[index - 1].text));
  const numbers = name.folders.filter(isStep);
  if (numbers.length === 0) return undefined;
  const best = numbers.reduce((a, b) => (b.text.length > a.text.length ? b : a));
  const folders = name.folders.map((folder) => (folder === best ? EMPTY : folder));
  return { place: 'folder', digits: best.text, name: { ...name, folders }, shown: `${best.text}/` };
}

/** `100.npz`, `conv1/100.npy`. In an epoch's folder, `0.npy` is more likely a layer. */
function stemCandidate(name: ParsedName): Candidate | undefined {
  if (!isNumber(name.stem.text)) return undefined;
  if (!name.keyed && name.fields.epoch !== undefined) return undefined;
  return { place: 'stem', digits: name.stem.text, name: { ...name, stem: EMPTY }, shown: name.stem.text };
}

/** A metric at the end of a name: `model_12_accuracy=0.91`, and Keras' `weights.01-0.53`. */
const METRIC =
  /[_-](?:val(?:idation)?_)?(?:loss|acc|accuracy|err|error|ppl|score|auc|f1|miou|map)[=_]?\d+\.\d+$|(?<=\.\d{1,6})-\d+\.\d+$/iu;

/** `acts_100.npz`, `conv1_100.npy`; not a decimal number (`lr_0.01`) or the number of a shard. */
function endCandidate(name: ParsedName): Candidate | undefined {
  if (SHARD.test(name.stem.text)) return undefined;
  const text = name.stem.text.replace(METRIC, '');
  const match = /^(.*[^_\-. ])[_\-. ]+(\d{1,15}|\d{1,6}[kK])$/u.exec(text);
  if (match === null || isTime(match[2]) || isDecimal(text)) return undefined;
  const place = name.keyed ? 'stemEnd' : 'tensorEnd';
  return {
    place,
    digits: match[2],
    name: { ...name, stem: { text: match[1], marked: true } },
    shown: name.stem.text,
  };
}

/** `lr_0.01`, `lr0.01`: a decimal number; `layer1.0`: the path of a module. Not `conv1.100`. */
function isDecimal(text: string): boolean {
  const [, word] = /(?:^|[^\p{L}\p{N}])(\p{L}*)\d+\.\d+$/u.exec(text) ?? [];
  return (
    word !== undefined &&
    (word === '' || word.length === 1 || SETTING.test(word) || NUMBERED_PART_NAME.test(word))
  );
}

/** `100_conv1.npy`; not the number of a convolution's kernel (`1x1_conv`), as it has no separator. */
function startCandidate(name: ParsedName): Candidate | undefined {
  const match = /^(\d{1,15})[_\- ]+(\D.*)$/u.exec(name.stem.text);
  if (match === null || isTime(match[1])) return undefined;
  const place = name.keyed ? 'stemStart' : 'tensorStart';
  return {
    place,
    digits: match[1],
    name: { ...name, stem: { text: match[2], marked: true } },
    shown: name.stem.text,
  };
}

/** Returns whether the last word is a part that numbers distinguish: `1000_layer`. */
function endsInPart(text: string): boolean {
  return NUMBERED_PART_NAME.test(text.split(/[\s_\-./]/u).at(-1) ?? '');
}

/** Keys `conv1/100`, `conv1_100`; not `layers.3`. */
function keyEndCandidate(name: ParsedName): Candidate | undefined {
  const match = /^(.*[^_/@\-. ])[_/@-](\d{1,15})$/u.exec(name.key);
  if (match === null || endsInPart(match[1])) return undefined;
  return { place: 'keyEnd', digits: match[2], name: { ...name, key: match[1] }, shown: name.key };
}

/**
 * `kimg000100.npz`: after a word that is not a family of models, a setting, or a part; with at least the given number
 * of digits.
 */
function gluedCandidate(name: ParsedName, digits: number): Candidate | undefined {
  const match = /^(\p{L}{1,12})(\d{1,15})$/u.exec(name.stem.text);
  if (match === null || match[2].length < digits || isSetting(match[1]) || endsInPart(match[1]))
    return undefined;
  const stem = { text: match[1], marked: true };
  return { place: 'stemGlued', digits: match[2], name: { ...name, stem }, shown: name.stem.text };
}

/** `save_10/conv1.npy`: like {@link gluedCandidate}, in a folder's name. */
function folderEndCandidate(name: ParsedName): Candidate | undefined {
  for (const folder of [...name.folders].reverse()) {
    const match = /^(.*[^_\-. ])[_\-. ](\d{1,15})$/u.exec(folder.text);
    if (match === null || endsInPart(match[1]) || isDecimal(folder.text)) continue;
    const rest: Remainder = { text: match[1], marked: true };
    const folders = name.folders.map((each) => (each === folder ? rest : each));
    return { place: 'folderEnd', digits: match[2], name: { ...name, folders }, shown: `${folder.text}/` };
  }
  return undefined;
}

/** Keys `100/conv1`, `100_conv1`. */
function keyCandidate(name: ParsedName): Candidate | undefined {
  const match = /^(\d{1,15})([/_])(.+)$/u.exec(name.key);
  if (match === null) return undefined;
  const place = match[2] === '/' ? 'key' : 'keyStart';
  return { place, digits: match[1], name: { ...name, key: match[3] }, shown: name.key };
}

/**
 * Returns whether the numbers at one position are steps. Whole names of folders and files always count. A number at the
 * start of a key could be a block's index, so one number must have three digits. A number at the end of a file's name
 * must differ between files of one base (or be padded with zeros), and must not follow the name of a setting or of a
 * family of models (`seed_1`, `resnet_50`). If the file is one tensor, the number could be part of the layer's name
 * (`fc_128`). In that case, two bases must share all numbers, with three digits in one of them, or all numbers must be
 * padded, or leave gaps after the number of a layer (`layer_7_25`).
 */
function supported(numbers: readonly Candidate[], place: Candidate['place']): boolean {
  if (place === 'folder' || place === 'stem') return numbers.length > 0;
  const long = numbers.some(({ digits }) => digits.length >= 3);
  if (place === 'key') return long;
  if (place === 'folderEnd') return false;
  if (place === 'keyEnd' && numbers.some(({ name }) => isSetting(name.key))) return false;
  if (numbers.some(({ name }) => isSetting(name.stem.text))) return false;
  const padded = numbers.length > 0 && numbers.every(({ digits }) => /^0\d{2,}$/u.test(digits));
  const bases = numbersByBase(numbers);
  const sets = [...bases.values()].map((set) => [...set].sort().join());
  if (place === 'stemGlued') return padded;
  const recurs = [...bases.values()].some((set) => set.size > 1);
  if (place === 'stemEnd' || place === 'stemStart') return padded || recurs;
  if (place === 'tensorStart') return recurs;
  if (place === 'keyStart') return long && recurs;
  const shared = sets.length > 1 && sets.every((set) => set === sets[0]) && sets[0].includes(',');
  return padded || (shared && (long || (numbers.every(isBesidePart) && haveGaps(numbers))));
}

/** `layer_7_25`: after the number of a part. */
function isBesidePart({ name: { stem } }: Candidate): boolean {
  const [, word] = /(?:^|[\s_\-.])(\p{L}+)[\s_\-.]?\d+$/u.exec(stem.text) ?? [];
  return word !== undefined && NUMBERED_PART_NAME.test(word);
}

/** Returns whether there are gaps; blocks of a stage are numbered consecutively. */
function haveGaps(numbers: readonly Candidate[]): boolean {
  const values = numbers.map(({ digits }) => Number(digits));
  const { size } = new Set(values);
  const ends = values.reduce(
    ({ least, most }, value) => ({ least: Math.min(least, value), most: Math.max(most, value) }),
    { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY },
  );
  return size > 1 && ends.most - ends.least > size - 1;
}

/** Returns the distinct numbers for each name without them. */
function numbersByBase(numbers: readonly Candidate[]): Map<string, Set<string>> {
  const bases = new Map<string, Set<string>>();
  for (const { digits, name, place: where } of numbers) {
    const place = [...name.folders.map(({ text }) => text), name.stem.text];
    const base = (where === 'keyEnd' || where === 'keyStart' ? [...place, name.key] : place).join('/');
    bases.set(base, (bases.get(base) ?? new Set()).add(digits));
  }
  return bases;
}

const EMPTY: Remainder = { text: '', marked: true };

/** Returns whether the digits are not a date or time. */
function isNumber(text: string): boolean {
  return /^(?:\d{1,15}|\d{1,6}k)$/iu.test(text) && !isTime(text);
}
