import type { TensorInfo } from '../formats/tensorFile';

/** Names of groups that describe the data next to them. */
const NOTES = /^(?:meta|metadata|meta_data|info|header|attrs|context)$/iu;

export function isNotes(segment: string): boolean {
  return NOTES.test(segment);
}

/**
 * The parts of a tensor's name: the groups or keys that lead to it, and its own. Names with slashes are taken apart at
 * these, others at dots.
 */
export function segmentsOf({ name }: Pick<TensorInfo, 'name'>): readonly string[] {
  return name.split(name.includes('/') ? '/' : '.');
}

/** What a tensor is, besides an activation. */
export type OtherKind = 'gradient' | 'parameter' | 'optimizer';

/** Names of the groups that hold tensors of one kind, as training scripts call them. */
const SECTIONS: readonly (readonly [kind: OtherKind | 'activation', pattern: RegExp])[] = [
  ['activation', /^(?:activations?|acts)$/iu],
  [
    'gradient',
    /^(?:grads?|gradients?|grad_(?:inputs?|outputs?)|(?:param|parameter|weight|activation)_grad(?:s|ients?)?)$/iu,
  ],
  [
    'parameter',
    /^(?:(?:\w+_)?state_dict|params|parameters|weights|buffers|(?:model|ema)_(?:state|weights|params))$/iu,
  ],
  [
    'optimizer',
    /^(?:optim|optimizers?|opt)(?:_states?|_state_dict)?$|^(?:lr_)?schedulers?(?:_state_dict)?$/iu,
  ],
];

/** The kind of the tensors in a group of this name; undefined if the name does not tell. */
export function sectionKind(segment: string): OtherKind | 'activation' | undefined {
  const isOptimizer = SECTIONS[3][1].test(segment);
  return isOptimizer ? 'optimizer' : SECTIONS.find(([, pattern]) => pattern.test(segment))?.[0];
}
