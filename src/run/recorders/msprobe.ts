import { t } from '@vscode/l10n';
import type { KnownTensor } from './knownTensor';

/** `Module.layer1.0.conv1.Conv2d.forward.0.output.0`; `Cell` in MindSpore. */
const OF_MODULE =
  /^(?:Module|Cell)\.(.+)\.([A-Za-z_]\w*)\.(forward|backward)\.(\d{1,9})\.(input|output|kwargs|parameters)\.(.+)$/u;
/** `Module.bn1.BatchNorm2d.parameters_grad.weight`. */
const GRADIENT_OF_MODULE = /^(?:Module|Cell)\.(.+)\.[A-Za-z_]\w*\.parameters_grad\.(.+)$/u;
/** `Functional.relu.3.forward.output.0`: the number distinguishes the places where a network calls the function. */
const OF_FUNCTION =
  /^((?:Aten|Distributed|Functional|Jit|Mint|MintFunctional|NPU|Primitive|Tensor|Torch|VF)\.\S+\.\d{1,9})\.(forward|backward)\.(input|output|kwargs)\.(.+)$/u;

/**
 * A file of msprobe's `dump_tensor_data`, by its name without suffix [Ascend/msprobe, docs/en/dump]. A module's first
 * output is its layer, its inputs are `<layer>.input`; forward and backward are phases.
 */
export function msprobeTensor(stem: string): KnownTensor | undefined {
  const module = OF_MODULE.exec(stem);
  if (module !== null) {
    const [, path, type, direction, call, what, index] = module;
    if (what === 'parameters')
      return { excludedReason: t('This is a parameter of {0}, not an activation.', path) };
    const layer = layerOf(path, what, index);
    return { layer, isNamed: true, module: type, fields: { phase: direction, call: Number(call) } };
  }
  const gradient = GRADIENT_OF_MODULE.exec(stem);
  if (gradient !== null)
    return { excludedReason: t('This is a parameter gradient of {0}, not an activation.', gradient[1]) };
  const called = OF_FUNCTION.exec(stem);
  if (called === null) return undefined;
  const [, place, direction, what, index] = called;
  return { layer: layerOf(place, what, index), isNamed: true, fields: { phase: direction } };
}

function layerOf(path: string, what: string, index: string): string {
  if (what === 'kwargs') return `${path}.input.${index}`;
  if (index !== '0') return `${path}.${what}.${index}`;
  return what === 'output' ? path : `${path}.input`;
}
