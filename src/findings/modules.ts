import type { LayerEntry } from '../model/catalog';

/** Name of a layer's class without its module: `Conv2d`; empty where it is not known. */
export function className({ module = '' }: Pick<LayerEntry, 'module'>): string {
  return module.slice(module.lastIndexOf('.') + 1);
}

/** Activations that are 0, or nearly so, for all that is far enough below 0. */
export function isRectifier(layer: LayerEntry): boolean {
  return /^(Leaky)?(P|R|C|S)?ReLU6?$|^ReLU|^(Quick|New)?GELU|^SiLU$|^Swish|^Mish$|^Hardswish$/iu.test(
    className(layer),
  );
}

/** tanh, by its class; recurrent layers have it unless they say otherwise. */
export function isTanh(layer: LayerEntry): boolean {
  return /^(Hard)?tanh$|^RNN(Cell)?$/iu.test(className(layer));
}

export function isSigmoid(layer: LayerEntry): boolean {
  return /^(Hard)?sigmoid$/iu.test(className(layer));
}

/** A library class for batch normalization, with the library's forward pass: in training its statistics are of the batch. */
export function isBatchNorm(layer: LayerEntry | undefined): boolean {
  return layer !== undefined && !isOwn(layer) && /^(Sync|Lazy)?BatchNorm([123]d)?$/u.test(className(layer));
}

/** Whether a class computes something of its own, about which its library base says nothing. */
export function isOwn({ ownForward }: Pick<LayerEntry, 'ownForward'>): boolean {
  return ownForward === true;
}

export function isSynchronized(layer: LayerEntry): boolean {
  return className(layer).startsWith('SyncBatchNorm');
}

/** Whether a layer only passes on, selects or rearranges what it reads. */
export function isPassing(layer: LayerEntry): boolean {
  return /^(Identity|(Un)?flatten|.*Dropout.*|.*Pool\d?d|.*Pad\d?d|Upsample.*|.*Shuffle|Dropping|DropPath)$/iu.test(
    className(layer),
  );
}

/** Linear layers, with features on the last axis. */
export function isLinear(layer: LayerEntry): boolean {
  return /Linear/u.test(className(layer));
}

/** Convolutions, with channels on axis 1. */
export function isConvolution(layer: LayerEntry): boolean {
  return /^Conv(Transpose)?[123]d$/u.test(className(layer));
}

/** Whether a layer is the recorded input of a normalization layer, not a module's output. */
export function isNormInput({ fullName, normalizedBy }: LayerEntry): boolean {
  return normalizedBy !== undefined && fullName.endsWith('.input');
}
