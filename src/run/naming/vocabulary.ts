import type { CounterField } from './nameFields';
import { type GrammarRow, NAME_GRAMMAR } from './nameGrammar';

/** A spelling of a counter: the first group is the number, the second (if any) a `k` for thousands or `M` for millions. */
export interface CounterRule {
  readonly field: CounterField;
  /** Whether the pattern may match a text, given in lower case: its words are there. */
  mayMatch(lower: string): boolean;
  /** Made at its first use: the patterns are long, and most runs need few of them. */
  readonly pattern: RegExp;
}

function rule(field: CounterField, words: readonly string[], make: () => RegExp): CounterRule {
  const needed = words.map((word) => word.split('_'));
  let pattern: RegExp | undefined;
  return {
    field,
    mayMatch: (lower) => needed.some((parts) => parts.every((part) => lower.includes(part))),
    get pattern() {
      pattern ??= make();
      return pattern;
    },
  };
}

/** A word starts after any character other than a letter or digit, or at a camel case boundary (`actsStep100`). */
const START = String.raw`(?:(?<![\p{L}\p{N}])|(?<=[\p{Ll}\p{N}])(?=\p{Lu}))`;
const END = String.raw`(?![\p{L}\p{N}])`;
/** `at epoch 3` means `epoch 3`. */
const LEAD = String.raw`(?:[Aa]t[_\- .])?`;
/** Separators between a word and its number; a dot only if a module path is impossible. */
const GAP = String.raw`[\s_=:#\-[(]{0,3}`;
/** A minus sign is not a separator: `step_-1` is not step 1. */
const UNSIGNED = '(?<![_=:[(]-)';
/**
 * Up to 15 digits are exact; more are a hash or a timestamp. `3 of 8` means 3, `1.5k` is 1500, and `1,000` is 1000.
 */
const NUMBER = String.raw`(\d{1,3}(?:,\d{3})+|\d{1,6}\.\d{1,3}(?=[kKM])|\d{1,15}|\d{1,3}e\d{1,2})([kKM])?(?:[_\- ]?of[_\- ]?\d+)?[\])]?`;
const FRACTION = String.raw`(\d{1,15}(?:\.\d{1,6}(?![.\d]))?)()`;

/** `word` in lowercase, capitalized, and uppercase; `_` in it matches any separator or none (`globalStep`). */
function spellings(words: readonly string[]): string {
  const forms = words.flatMap((word) => {
    const parts = word.split('_');
    const capital = (part: string) => part[0].toUpperCase() + part.slice(1);
    const joint = '[_\\- ]?';
    return [
      parts.join(joint),
      parts.map(capital).join(joint),
      [parts[0], ...parts.slice(1).map(capital)].join(''),
      parts.join(joint).toUpperCase(),
    ];
  });
  return `(?:${[...new Set(forms)].sort((a, b) => b.length - a.length).join('|')})`;
}

function forward(field: CounterField, words: readonly string[], number = NUMBER): CounterRule {
  return rule(
    field,
    words,
    () => new RegExp(`${START}${LEAD}${spellings(words)}${GAP}${UNSIGNED}${number}${END}`, 'u'),
  );
}

/** `100_steps`, `3epochs`, `10k-steps`. */
function backward(field: CounterField, words: readonly string[]): CounterRule {
  return rule(
    field,
    words,
    () => new RegExp(`(?<![\\p{L}\\p{N}])(\\d{1,15})([kKM])?[_\\- ]?${spellings(words)}${END}`, 'u'),
  );
}

/** Words that only indicate that a file is a dump. A name of such words (and numbers) contains no layer. */
const DUMP_WORDS =
  'acts?|activations?|dumps?|tensors?|features?|feats?|outputs?|hidden|states?|stats?|layers?|data|captures?|traces?|samples?|results?|in|at|on|of|for|the|and';

/** Matches text that may contain a counter; most names of layers do not, and need no closer search. */
export const MAY_COUNT = new RegExp(
  `^(?=.*\\d)(?:[sebr]\\d|.*(?:${Object.values<GrammarRow>(NAME_GRAMMAR)
    .flatMap(({ words = [] }) => words)
    .map((word) => word.replace(/^.*_/u, ''))
    .join('|')}))`,
  'isu',
);

/** Counters in names of folders and files. The first match for a field counts. */
export const PATH_RULES: readonly CounterRule[] = [
  forward('call', NAME_GRAMMAR.call.words),
  forward('batch', NAME_GRAMMAR.batch.words),
  forward('step', [...NAME_GRAMMAR.step.words, ...NAME_GRAMMAR.shortStep.words]),
  forward('checkpoint', NAME_GRAMMAR.checkpoint.words),
  forward('epoch', NAME_GRAMMAR.epoch.words, FRACTION),
  forward('rank', NAME_GRAMMAR.dataRank.words),
  forward('tensorRank', NAME_GRAMMAR.tensorRank.words),
  forward('pipelineRank', NAME_GRAMMAR.pipelineRank.words),
  forward('expertRank', NAME_GRAMMAR.expertRank.words),
  forward('rank', NAME_GRAMMAR.rank.words),
  backward('step', ['step', 'steps', 'iter', 'iters', 'iteration', 'iterations', 'its']),
  backward('epoch', ['epoch', 'epochs']),
];

/**
 * Counters in tensor keys, where module names contain numbers too: fewer words, no dot between word and number, and no
 * number before its word.
 */
export const KEY_RULES: readonly CounterRule[] = [
  forward('call', NAME_GRAMMAR.call.words),
  forward('step', NAME_GRAMMAR.step.words),
  forward('epoch', ['epoch']),
  forward('rank', ['rank']),
];

/** Short forms that count only as a whole folder name, file name, or `/` segment of a key. */
export const WHOLE_RULES: readonly CounterRule[] = [
  rule('step', ['s'], () => /^s(\d{3,15})()$/u),
  rule('epoch', ['e'], () => /^e(\d{2,15})()$/u),
  rule('batch', ['b'], () => /^b(\d{3,15})()$/u),
  rule('rank', ['r'], () => /^r(\d{1,5})()$/u),
];

/** `step.100`: a dot before the number counts only if the word is first in the name, apart from dump words. */
export const DOTTED_RULES: readonly CounterRule[] = [
  dotted('step', NAME_GRAMMAR.step.words),
  dotted('checkpoint', ['checkpoint', 'ckpt']),
  dotted('epoch', ['epoch']),
  dotted('rank', ['rank']),
];

function dotted(field: CounterField, words: readonly string[]): CounterRule {
  return rule(
    field,
    words,
    () => new RegExp(`(?<=^(?:(?:${DUMP_WORDS})[._\\- ])*)${spellings(words)}\\.(\\d{1,15})()${END}`, 'u'),
  );
}

const ONLY_DUMP_WORDS = new RegExp(`^(?:${DUMP_WORDS}|\\d+)?$`, 'iu');

/** Returns whether every word of `text` is a dump word or a number. */
export function saysNoLayer(text: string): boolean {
  return text.split(/[\s_\-=:#.,+@]+/u).every((word) => ONLY_DUMP_WORDS.test(word));
}

/** Numbered parts of a network: `layers/3`, `block:1`. */
const NUMBERED_PART = '(?:layers?|blocks?|stages?|modules?|heads?|experts?|h)';
export const NUMBERED_PART_NAME = new RegExp(`^${NUMBERED_PART}$`, 'iu');

/** `_r3` at the end of a name or before a separator. */
export const SHORT_RANK = /(?<=^|[_\-. ])r(\d{1,5})(?=$|[_\-. ])/u;

/** Matches a phase as a separate word, but not in the name of a metric (`val_loss=0.3`). */
export const PHASE_WORD =
  /(?<![\p{L}\p{N}])(train(?:ing)?|eval(?:uation)?|val(?:id(?:ation)?)?|test(?:ing)?)(?![\p{L}\p{N}]|[_-]\w+=|[_-](?:loss|acc|accuracy|err|error|ppl|score|metric|auc|f1|miou|map)(?![\p{L}\p{N}]))/iu;

/** `forward.0` of PyTorch and MindSpore hooks (msprobe): the call index of a module, not part of its name. */
export const HOOK_CALL = /(?<=(?:^|\.)(?:forward|backward)\.)(\d{1,9})(?=\.|$)/u;

/** `conv1:1`, `conv1#2`: the call index of a layer that is called more than once (but `layer:1` is a layer). */
export const TRAILING_CALL = new RegExp(String.raw`(?<!${NUMBERED_PART}|\d\d:\d\d)[:#](\d{1,9})$`, 'iu');

/** `model-00001-of-00002`: one shard of a file, not a counter. */
export const SHARD = /(?<![\p{L}\p{N}])\d+[_-]of[_-]\d+(?![\p{L}\p{N}])/iu;

/** Returns the number of a match of a {@link CounterRule}. */
export function counterValue([, number, suffix]: RegExpExecArray): number {
  const factor = suffix === 'M' ? 1_000_000 : suffix ? 1000 : 1;
  return Math.round(Number(number.replaceAll(',', '')) * factor * 1e6) / 1e6;
}
