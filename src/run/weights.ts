import type { FileHeader } from './fileHeader';

/** Names of parameters and buffers in PyTorch, Keras and TensorBoard's records of either, and of their gradients. */
const PARAMETER =
  /(?:^|[./])(?:weight|bias|in_proj_weight|in_proj_bias|weight_[gv]|running_mean|running_var|num_batches_tracked|kernel|gamma|beta|moving_mean|moving_variance)(?::0|_0)?(?:[./]grad)?$/u;

/** Whether a tensor of this name is a parameter or buffer of a module, or the gradient of one. */
export function isParameterName(name: string): boolean {
  return PARAMETER.test(name);
}

/** Part of a file's names that must be those of parameters; a class token or a position embedding has none. */
const MOST = 0.8;

/**
 * A sentence for the person where files hold parameters (a state dict, an optimizer's moments) in place of
 * activations; undefined where none does.
 */
export function weightsRemark(headers: readonly FileHeader[]): string | undefined {
  const files = headers.filter(({ tensors }) => tensors.length > 0);
  const weights = files.filter(holdsWeights);
  if (weights.length === 0) return undefined;
  const what = 'a network’s parameters, not its activations: what is charted is how weights are distributed';
  if (weights.length === files.length) return `These are ${what}.`;
  const [{ file }] = weights;
  return weights.length === 1
    ? `${file.name} holds ${what}.`
    : `${weights.length} of ${files.length} files (${file.name}, …) hold ${what}.`;
}

function holdsWeights({ tensors, parameters }: FileHeader): boolean {
  const names = tensors.filter(({ name }) => !parameters.has(name)).map(({ name, layer }) => layer ?? name);
  return names.length > 0 && names.filter((name) => isParameterName(name)).length >= MOST * names.length;
}
