import type { Knobs, KnobValue } from '../../model/knobs';
import { type GrammarRow, NAME_GRAMMAR } from './nameGrammar';

/** Names that are knobs also where no `=` says so, and how they are called. */
const KNOWN: ReadonlyMap<string, string> = new Map(
  Object.entries({
    lr: ['learning_rate'],
    width: [],
    d_model: ['dmodel'],
    hidden_size: [],
    hidden_dim: [],
    depth: [],
    batch_size: ['bs', 'batchsize'],
    weight_decay: ['wd', 'weightdecay'],
    momentum: [],
    dropout: [],
    beta1: [],
    beta2: [],
    warmup: [],
    seed: [],
    eps: ['epsilon'],
    groups: [],
  }).flatMap(([name, others]) => [name, ...others].map((spelling) => [spelling, name] as const)),
);

/** Knobs of which only whole numbers make sense, so that leading zeros are no lost decimal point (`seed03`, not `lr01`). */
const WHOLE: ReadonlySet<string> = new Set([
  'seed',
  'width',
  'd_model',
  'hidden_size',
  'hidden_dim',
  'depth',
  'batch_size',
  'warmup',
  'groups',
]);

/** One letter means a knob only beside another knob: `lr0.1-w256`, but not `w256`. */
const LETTERS: ReadonlyMap<string, string> = new Map([['w', 'width']]);

/** Words that count something within a run, without separators: `step=100` is no knob. */
const COUNTERS: ReadonlySet<string> = new Set(
  Object.values<GrammarRow>(NAME_GRAMMAR)
    .flatMap(({ words = [] }) => words)
    .map((word) => word.replaceAll('_', '')),
);

/** Words of a known name, at most. */
const LONGEST_NAME = 3;
/** Characters of a name of a folder, at most. */
const LONGEST = 255;

const UNSIGNED = String.raw`\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const NUMBER = new RegExp(String.raw`^-?(?:${UNSIGNED}|\.\d+)$`, 'u');
const ASSIGNED = /^([A-Za-z][\w.]*)=([^=]+)$/u;
const GLUED = new RegExp(`^([A-Za-z]+)(${UNSIGNED})$`, 'u');
const WORD = /^[A-Za-z][A-Za-z0-9]*$/u;
const VALUE_WORD = /^[A-Za-z][A-Za-z0-9.]*$/u;
const LISTED_WORD = /^[A-Za-z][\w.-]*$/u;
/** A minus sign after `=`, and one in an exponent, separate nothing. */
const SEPARATOR = /[_,;+& ]|(?<!=)(?<!\d[eE])-|(?<=\d[eE])-(?!\d)/u;

/** A part of a name, and whether `_` or `-` stands between it and the one before or after. */
interface Token {
  readonly text: string;
  readonly isJoined: boolean;
  readonly next: string | undefined;
  readonly previous: string | undefined;
}

/**
 * The knobs that the name of a folder states: `lr=0.1_width=256_seed3`, `lr0.1-w256`, `bs_32`; also as Hydra names
 * folders, `model.width=256,opt=adam_w`. Names that people made up need `=`. What can be read in two ways is no knob:
 * `method=batch_norm` (is `norm` part of it?), `lr01`, `lr0_1`, a knob with two values. Steps, epochs, and ranks are none.
 */
export function knobsInName(name: string): Knobs {
  if (name.length > LONGEST) return {};
  const found = new Map<string, KnobValue>();
  const ambiguous = new Set<string>();
  for (const [knob, value] of listed(name) ?? joined(name)) {
    if (value === undefined || (found.has(knob) && found.get(knob) !== value)) ambiguous.add(knob);
    else found.set(knob, value);
  }
  for (const knob of ambiguous) found.delete(knob);
  return Object.fromEntries(found);
}

/** Folders from the run upward whose names are read: sweeps name the folder of the dumps, or one around it. */
const FOLDERS = 3;

/** The knobs that the names of a run's folder and of those around it state; the nearer one counts. `segments`: its path. */
export function knobsInPath(segments: readonly string[]): Knobs {
  return Object.assign({}, ...segments.slice(-FOLDERS).map(knobsInName));
}

type Found = readonly [knob: string, value: KnobValue | undefined];

/** Of a name that is a list of assignments, separated by commas; undefined if it is not. */
function listed(name: string): readonly Found[] | undefined {
  const parts = name.split(',').map((part) => ASSIGNED.exec(part));
  if (parts.length < 2 || parts.some((part) => part === null)) return undefined;
  return parts.flatMap((part): Found[] => {
    const [, knob, text] = part ?? [];
    if (isCounter(knob)) return [];
    return [[KNOWN.get(knob.toLowerCase()) ?? knob, valueIn(text, LISTED_WORD)]];
  });
}

/** Of a name whose parts stand beside each other. */
function joined(name: string): readonly Found[] {
  const tokens = tokensOf(name);
  const found: Found[] = [];
  const letters: Found[] = [];
  tokens.forEach((token, i) => {
    const assigned = ASSIGNED.exec(token.text);
    if (assigned !== null) {
      const knob = assignedName(tokens, i, assigned[1]);
      if (knob !== undefined) found.push([knob, assignedValue(token, assigned[2])]);
      return;
    }
    const glued = GLUED.exec(token.text);
    const [, word, digits] = glued ?? [];
    const knob = knownName(tokens, i, word ?? token.text);
    const letter = LETTERS.get(word ?? '');
    if (glued !== null && knob !== undefined) found.push([knob, numberOf(digits, token.next, knob)]);
    else if (glued !== null && letter !== undefined)
      letters.push([letter, numberOf(digits, token.next, letter)]);
    else if (glued === null && knob !== undefined && token.next !== undefined && NUMBER.test(token.next))
      found.push([knob, numberOf(token.next, tokens[i + 1].next, knob)]);
  });
  return found.some(([, value]) => value !== undefined) ? [...found, ...letters] : found;
}

function tokensOf(name: string): readonly Token[] {
  const texts: string[] = [];
  const joints: boolean[] = [];
  let rest = name;
  for (let match = SEPARATOR.exec(rest); match !== null; match = SEPARATOR.exec(rest)) {
    texts.push(rest.slice(0, match.index));
    joints.push(match[0] === '_' || match[0] === '-');
    rest = rest.slice(match.index + 1);
  }
  texts.push(rest);
  return texts.map((text, i) => ({
    text,
    isJoined: joints[i - 1] ?? false,
    previous: joints[i - 1] === true ? texts[i - 1] : undefined,
    next: joints[i] === true ? texts[i + 1] : undefined,
  }));
}

/** The known name that ends in this word, with words before it: `weight_decay` of `sgd_weight_decay0.1`. */
function knownName(tokens: readonly Token[], at: number, word: string): string | undefined {
  const names = [word.toLowerCase()];
  for (let i = at; names.length < LONGEST_NAME; i--) {
    const { previous } = tokens[i];
    if (previous === undefined || !WORD.test(previous)) break;
    names.push(`${previous.toLowerCase()}_${names[names.length - 1]}`);
  }
  return names
    .reverse()
    .map((name) => KNOWN.get(name))
    .find((known) => known !== undefined);
}

/** The name before `=`; undefined if a word before it may be its beginning (`my_rate=3`), and of a counter. */
function assignedName(tokens: readonly Token[], at: number, name: string): string | undefined {
  const known = knownName(tokens, at, name);
  if (known !== undefined || isCounter(name)) return known;
  const { previous } = tokens[at];
  return previous === undefined || endsInNumber(previous) ? name : undefined;
}

/** Whether nothing of a part can belong to the next: it is a knob with a number, or a number. */
function endsInNumber(text: string): boolean {
  const word = GLUED.exec(text)?.[1].toLowerCase() ?? '';
  return NUMBER.test(ASSIGNED.exec(text)?.[2] ?? text) || KNOWN.has(word) || LETTERS.has(word);
}

/** The value after `=`; undefined if what follows may belong to it. */
function assignedValue({ next }: Token, text: string): KnobValue | undefined {
  if (NUMBER.test(text)) return continues(text, next) ? undefined : finite(text);
  const isOver = next === undefined || next.includes('=') || endsInNumber(next);
  return isOver ? valueIn(text, VALUE_WORD) : undefined;
}

function valueIn(text: string, word: RegExp): KnobValue | undefined {
  if (NUMBER.test(text)) return finite(text);
  if (!word.test(text)) return undefined;
  const lower = text.toLowerCase();
  return lower === 'true' || lower === 'false' ? lower === 'true' : text;
}

/** A number that no `=` assigns, so that it has to make sense. */
function numberOf(text: string, next: string | undefined, knob: string): number | undefined {
  const isWhole = /^\d+$/u.test(text);
  if (continues(text, next) || text.startsWith('-')) return undefined;
  if (WHOLE.has(knob) ? !isWhole : /^0\d/u.test(text)) return undefined;
  return finite(text);
}

/** Whether digits after a whole number may be its decimals (`lr0_1`), or another value. */
function continues(text: string, next: string | undefined): boolean {
  return /^-?\d+$/u.test(text) && next !== undefined && /^\d{1,5}$/u.test(next);
}

function finite(text: string): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function isCounter(name: string): boolean {
  return COUNTERS.has(name.toLowerCase().replaceAll(/[_.]/gu, ''));
}
