import type { Marks } from './marks';
import type { ParsedName, Remainder } from './naming';
import { NUMBERED_PART_NAME, SHARD } from './vocabulary';

/** A number without a word that may be the step, and the name without it. */
interface Candidate {
  /** Where it stands; candidates of different places are never mixed up in one decision. */
  readonly place: 'folder' | 'stem' | 'key' | 'stemEnd' | 'tensorEnd';
  readonly digits: string;
  readonly name: ParsedName;
}

/**
 * Reads numbers that stand alone as steps where the run as a whole supports it: `000100/conv1.npy`,
 * `acts_100.npz`, keys `100/conv1`.
 *
 * Nothing is read so when any name says a step in words, or when not more than half of the names have such a
 * number. Numbers that end a name (`conv1_100.npy`) or lead a key need more: see {@link supported}.
 */
export function readBareNumbers(names: readonly ParsedName[]): readonly ParsedName[] {
  if (names.some(({ marks }) => marks.step !== undefined || marks.batch !== undefined)) return names;
  const candidates = names.map(candidateOf);
  const accepted = new Set(
    (['folder', 'stem', 'key', 'stemEnd', 'tensorEnd'] as const).filter((place) =>
      supported(
        candidates.filter((candidate) => candidate?.place === place),
        place,
      ),
    ),
  );
  const read = candidates.map((candidate) =>
    candidate !== undefined && accepted.has(candidate.place) ? candidate : undefined,
  );
  if (2 * read.filter((candidate) => candidate !== undefined).length <= names.length) return names;
  return names.map((name, index) => {
    const candidate = read[index];
    if (candidate === undefined) return name;
    const marks: Marks = { ...name.marks, step: Number(candidate.digits) };
    return { ...candidate.name, marks };
  });
}

/** The likeliest step among the numbers of one name. */
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
  return folder ?? (name.keyed ? (endCandidate(name) ?? keyCandidate(name)) : (stem ?? endCandidate(name)));
}

/** `000100/conv1.npy`; the longest number where there are several, not the index of a part (`layers/3`). */
function folderCandidate(name: ParsedName): Candidate | undefined {
  const isStep = ({ text }: Remainder, index: number) =>
    isNumber(text) && (index === 0 || !NUMBERED_PART_NAME.test(name.folders[index - 1].text));
  const numbers = name.folders.filter(isStep);
  if (numbers.length === 0) return undefined;
  const best = numbers.reduce((a, b) => (b.text.length > a.text.length ? b : a));
  const folders = name.folders.map((folder) => (folder === best ? EMPTY : folder));
  return { place: 'folder', digits: best.text, name: { ...name, folders } };
}

/** `100.npz`, `conv1/100.npy`; in an epoch's folder `0.npy` is rather a layer. */
function stemCandidate(name: ParsedName): Candidate | undefined {
  if (!isNumber(name.stem.text)) return undefined;
  if (!name.keyed && name.marks.epoch !== undefined) return undefined;
  return { place: 'stem', digits: name.stem.text, name: { ...name, stem: EMPTY } };
}

/** `acts_100.npz`, `conv1_100.npy`. */
function endCandidate(name: ParsedName): Candidate | undefined {
  if (SHARD.test(name.stem.text)) return undefined;
  const match = /^(.*[^_\-. ])[_\-. ]+(\d{1,15})$/u.exec(name.stem.text);
  if (match === null) return undefined;
  const place = name.keyed ? 'stemEnd' : 'tensorEnd';
  return { place, digits: match[2], name: { ...name, stem: { text: match[1], marked: true } } };
}

/** Keys `100/conv1`. */
function keyCandidate(name: ParsedName): Candidate | undefined {
  const match = /^(\d{1,15})\/(.+)$/u.exec(name.key);
  if (match === null) return undefined;
  return { place: 'key', digits: match[1], name: { ...name, key: match[2] } };
}

/**
 * Whether the numbers of one place are steps. Folders and whole file names are believed. What leads a key could
 * be a block's index, so one number must have three digits. A number that ends a file's name must differ between
 * files of one base (or be padded with zeros); where the file is one tensor it could be part of the layer's name
 * (`fc_128`), so there two bases must share all numbers, one of three digits, or all be padded.
 */
function supported(candidates: readonly (Candidate | undefined)[], place: Candidate['place']): boolean {
  const numbers = candidates.filter((candidate) => candidate !== undefined);
  if (place === 'folder' || place === 'stem') return numbers.length > 0;
  const long = numbers.some(({ digits }) => digits.length >= 3);
  if (place === 'key') return long;
  const padded = numbers.length > 0 && numbers.every(({ digits }) => /^0\d{2,}$/u.test(digits));
  const bases = new Map<string, Set<string>>();
  for (const { digits, name } of numbers) {
    const base = [...name.folders.map(({ text }) => text), name.stem.text].join('/');
    bases.set(base, (bases.get(base) ?? new Set()).add(digits));
  }
  const sets = [...bases.values()].map((set) => [...set].sort().join());
  if (place === 'stemEnd') return padded || [...bases.values()].some((set) => set.size > 1);
  const shared = sets.length > 1 && sets.every((set) => set === sets[0]) && sets[0].includes(',');
  return padded || (long && shared);
}

const EMPTY: Remainder = { text: '', marked: true };

function isNumber(text: string): boolean {
  return /^\d{1,15}$/u.test(text);
}
