import type { Layout } from '../model/catalog';
import type { AxisRole } from '../model/questions';

/** What the name of an axis says: that it holds steps or layers, or its letter in a layout. */
type Meaning = AxisRole | 'N' | 'C' | 'L' | 'T' | 'H' | 'W' | 'D' | 'A';

const WORDS: readonly (readonly [Meaning, string])[] = [
  [
    'step',
    'step global_step train_step training_step time_step iteration iter it epoch checkpoint ckpt update',
  ],
  ['layer', 'layer block layer_index layer_idx module'],
  [
    'N',
    'n b batch batch_size bs sample example instance observation obs item prompt image img input sequence_index document doc record',
  ],
  [
    'C',
    'c channel ch feature feat hidden hidden_size hidden_dim dim d_model dmodel d_mlp d_head embed embedding embed_dim emb model_dim unit neuron filter logit vocab class',
  ],
  ['L', 'l position pos token tok seq sequence length len seq_len sequence_length context ctx patch s'],
  ['T', 't time frame'],
  ['H', 'h height y row lat latitude'],
  ['W', 'w width x col column lon longitude'],
  ['D', 'depth z'],
  ['A', 'head attention_head num_heads n_heads'],
];

const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  WORDS.flatMap(([meaning, words]) =>
    words
      .split(' ')
      .flatMap((word) => [
        [word, meaning] as const,
        ...(word.length > 3 ? [[`${word}s`, meaning] as const] : []),
      ]),
  ),
);

/** Names that libraries give to axes that have none: xarray's, h5netcdf's, HDF4's. */
const NO_NAME = /^(?:(?:phony_|fake|unnamed_?)?dim_?\d+|axis_?\d+|fakeDim\d+|)$/iu;

/** The meaning of an axis name; undefined if it is unknown. */
function meaningOf(name: string | undefined): Meaning | undefined {
  if (name === undefined || NO_NAME.test(name)) return undefined;
  return MEANINGS.get(
    name
      .trim()
      .replace(/(?<=\p{Ll})(?=\p{Lu})/gu, '_')
      .toLowerCase()
      .replace(/[\s-]+/gu, '_')
      .replace(/^(?:num|n)_(?=\p{L}{4})/u, ''),
  );
}

/** The axes of steps and layers, by their names; undefined if there are none, or two with the same meaning. */
export function rolesOfNames(
  names: readonly (string | undefined)[],
): readonly (AxisRole | null)[] | undefined {
  const roles = names.map((name) => {
    const meaning = meaningOf(name);
    return meaning === 'step' || meaning === 'layer' ? meaning : null;
  });
  const isSingle = (role: AxisRole) => roles.filter((each) => each === role).length <= 1;
  const isSplit = roles.some((role) => role !== null) && roles.some((role) => role === null);
  return isSplit && isSingle('step') && isSingle('layer') ? roles : undefined;
}

/**
 * The layout from the names of a tensor's axes; undefined if no axis, or more than one, is the channel axis by name. A
 * single axis without a known meaning is the channel axis if no other is. `d` is the features, or the depth next to
 * height and width.
 */
export function layoutOfNames(names: readonly (string | undefined)[]): Layout | undefined {
  const meanings = names.map((name) => {
    if (name?.toLowerCase() !== 'd') return meaningOf(name);
    return names.some((each) => meaningOf(each) === 'C') ? 'D' : 'C';
  });
  if (meanings.some((meaning) => meaning === 'step' || meaning === 'layer')) return undefined;
  const count = (wanted: Meaning | undefined) => meanings.filter((meaning) => meaning === wanted).length;
  const isByElimination = count('C') === 0 && count(undefined) === 1 && meanings.length > 1;
  if (count('N') > 1 || (count('C') !== 1 && !isByElimination)) return undefined;
  const free = [...SPARE];
  const letters = meanings.map((meaning) => (meaning === undefined && isByElimination ? 'C' : meaning));
  const used = new Set<string | undefined>();
  return letters
    .map((letter) => {
      const own = letter === undefined || used.has(letter) ? free.shift() : letter;
      used.add(own);
      return own;
    })
    .join('');
}

/** For axes whose names say nothing, or the same as another's. */
const SPARE = 'SUVXYZEFGIJKMOPQRB';

/**
 * The names of a tensor's axes, if the name of its file or key ends in them: `acts_steps_layers_batch_dim` for an array
 * of four axes. Undefined if one of these words is not an axis name.
 */
export function namesInName(name: string, rank: number): readonly string[] | undefined {
  const words = name.split(/[\s_\-.,/[\]()]+/u).filter((word) => word !== '');
  if (words.length < rank || rank < 3) return undefined;
  const last = words.slice(words.length - rank);
  const isSpelled = last.every((word) => word.length > 1 && meaningOf(word) !== undefined);
  return isSpelled ? last : undefined;
}
