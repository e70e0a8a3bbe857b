import { t } from '@vscode/l10n';
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
 * A remark if files contain parameters (a state dict, an optimizer's moments) instead of activations; otherwise
 * undefined.
 */
export function weightsRemark(headers: readonly FileHeader[]): string | undefined {
  const files = headers.filter(({ tensors }) => tensors.length > 0);
  const known = new Map<FileHeader['tensors'], { parameters: FileHeader['parameters']; holds: boolean }>();
  const weights = files.filter((header) => {
    const { tensors, parameters } = header;
    const shared = known.get(tensors);
    if (shared?.parameters === parameters) return shared.holds;
    const holds = holdsWeights(header);
    known.set(tensors, { parameters, holds });
    return holds;
  });
  if (weights.length === 0) return undefined;
  if (weights.length === files.length)
    return t(
      'The files contain parameters of a network, not activations, so the charts show the distributions of weights.',
    );
  const [{ file }] = weights;
  return weights.length === 1
    ? t(
        '{0} contains parameters of a network, not activations, so its charts show the distributions of weights.',
        file.name,
      )
    : t(
        '{0} of {1} files ({2}, …) contain parameters of a network, not activations, so their charts show the distributions of weights.',
        weights.length,
        files.length,
        file.name,
      );
}

function holdsWeights({ tensors, parameters }: FileHeader): boolean {
  const names = tensors.filter(({ name }) => !parameters.has(name)).map(({ name, layer }) => layer ?? name);
  return names.length > 0 && names.filter((name) => isParameterName(name)).length >= MOST * names.length;
}
