import { type AxisRole, axesQuestionId, axesReading, type Question } from '../model/questions';
import { namesInName, rolesOfNames } from './dimensions';

/** Words in names of arrays that hold several layers: not `layers.3`, which is one of several. */
const LAYERS =
  /(?<![\p{L}\p{N}])(?:layers|blocks|(?:all|per|by)[_\- ]?(?:layers?|blocks?)|layer[_\- ]?wise|hidden[_\- ]?states|resid(?:ual)?[_\- ]?streams?)(?![\p{L}\p{N}]|[_\-.[]?\d)/iu;
/** Words in names of arrays that hold several steps. */
const STEPS =
  /(?<![\p{L}\p{N}])(?:steps|epochs|iterations|iters|checkpoints|history|over[_\- ]?time|(?:all|per|by)[_\- ]?(?:steps?|epochs?))(?![\p{L}\p{N}]|[_\-.[]?\d)/iu;

/** The same words without what is around them: most names have none, and need no closer search. */
const MAY_NAME_LAYERS = /layer|block|hidden|resid/iu;
const MAY_NAME_STEPS = /step|epoch|iter|checkpoint|history|time/iu;

/**
 * Whether an array's axes may be steps or layers: if its name spells its axes (`acts_steps_layers_batch_dim`), they are
 * interpreted so; if it mentions layers or steps (`layer_wise`), or the array is all that the run has, the user is
 * asked. Undefined if nothing suggests it.
 *
 * @param array The array's name, without numbers.
 * @param text Its name as the run has it.
 */
export function axesQuestion(
  array: string,
  text: string,
  shape: readonly number[],
  isAlone: boolean,
): Question | undefined {
  const rank = shape.length;
  if (rank < 3) return undefined;
  const none = axesReading(shape.map(() => null));
  const names = namesInName(text, rank);
  const spelled = names === undefined ? undefined : rolesOfNames(names);
  const [guess, others] =
    spelled === undefined ? [none, suggestions(text, rank, isAlone)] : [axesReading(spelled), [none]];
  if (others.length === 0) return undefined;
  return {
    id: axesQuestionId(array),
    kind: 'axes',
    example: text === '' ? `[${shape.join(', ')}]` : `${text} [${shape.join(', ')}]`,
    guess,
    others,
  };
}

/** The last axis is the features, in every order that is written. */
function suggestions(text: string, rank: number, isAlone: boolean): readonly string[] {
  const layers = MAY_NAME_LAYERS.test(text) ? LAYERS.exec(text) : null;
  const steps = MAY_NAME_STEPS.test(text) ? STEPS.exec(text) : null;
  const axes = Array.from({ length: Math.min(rank - 1, 2) }, (_, axis) => axis);
  const one = (role: AxisRole) =>
    axes.map((axis) => axesReading(Array.from({ length: rank }, (_, each) => (each === axis ? role : null))));
  const both = (first: AxisRole, second: AxisRole) =>
    rank < 4 ? [] : [axesReading([first, second, ...Array.from({ length: rank - 2 }, () => null)])];
  if (layers !== null && steps !== null)
    return [
      ...(steps.index < layers.index ? both('step', 'layer') : both('layer', 'step')),
      ...one('layer'),
      ...one('step'),
    ];
  if (layers !== null) return one('layer');
  if (steps !== null) return one('step');
  return isAlone ? [...both('step', 'layer'), one('step')[0], ...one('layer')] : [];
}
