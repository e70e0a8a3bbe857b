import type { LayerEntry } from '../model/catalog';
import { className } from '../model/moduleClasses';

export { className };

/** Whether a layer is an activation that is 0, or nearly 0, for all inputs far below 0. */
export function isRectifier(layer: LayerEntry): boolean {
  return /^(Leaky)?(P|R|C|S)?ReLU6?$|^ReLU|^(Quick|New)?GELU|^SiLU$|^Swish|^Mish$|^Hardswish$/iu.test(
    className(layer),
  );
}

/**
 * Whether a layer is a library class for batch normalization with an unmodified forward pass, which uses batch
 * statistics in training.
 */
export function isBatchNorm(layer: LayerEntry | undefined): boolean {
  return layer !== undefined && !isOwn(layer) && /^(Sync|Lazy)?BatchNorm([123]d)?$/u.test(className(layer));
}

/** Whether a class has its own forward pass, so that its library base class says nothing about what it computes. */
export function isOwn({ ownForward }: Pick<LayerEntry, 'ownForward'>): boolean {
  return ownForward === true;
}

export function isSynchronized(layer: LayerEntry): boolean {
  return className(layer).startsWith('SyncBatchNorm');
}

/** Whether a layer only passes on, selects, or rearranges its input. */
export function isPassing(layer: LayerEntry): boolean {
  return /^(Identity|(Un)?flatten|.*Dropout.*|.*Pool\d?d|.*Pad\d?d|Upsample.*|.*Shuffle|Dropping|DropPath)$/iu.test(
    className(layer),
  );
}

/** Whether a layer is linear, with features on the last axis. */
export function isLinear(layer: LayerEntry): boolean {
  return /Linear/u.test(className(layer));
}

/** Whether a layer is a convolution, with channels on axis 1. */
export function isConvolution(layer: LayerEntry): boolean {
  return /^Conv(Transpose)?[123]d$/u.test(className(layer));
}

/** Whether a layer is the recorded input of a normalization layer instead of a module's output. */
export function isNormInput({ fullName, normalizedBy }: LayerEntry): boolean {
  return normalizedBy !== undefined && fullName.endsWith('.input');
}
