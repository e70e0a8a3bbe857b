import type { LayerEntry } from './catalog';

/** Returns the class name without its module, such as `Conv2d`; empty if unknown. */
export function className({ module = '' }: Pick<LayerEntry, 'module'>): string {
  return module.slice(module.lastIndexOf('.') + 1);
}

/** Whether a layer is tanh, or a recurrent layer, which uses tanh by default. */
export function isTanh(layer: Pick<LayerEntry, 'module'>): boolean {
  return /^(Hard)?tanh$|^RNN(Cell)?$/iu.test(className(layer));
}

export function isSigmoid(layer: Pick<LayerEntry, 'module'>): boolean {
  return /^(Hard)?sigmoid$/iu.test(className(layer));
}
