import type { TensorInfo } from '../formats/tensorFile';

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
    'optimizer',
    /^(?:optim|optimizers?|opt)(?:_states?|_state_dict)?$|^(?:lr_)?schedulers?(?:_state_dict)?$/iu,
  ],
  [
    'gradient',
    /^(?:grads?|gradients?|grad_(?:inputs?|outputs?)|(?:param|parameter|weight|activation)_grad(?:s|ients?)?)$/iu,
  ],
  ['parameter', /^(?:(?:\w+_)?state_dict|(?:model|ema)_(?:state|weights|params))$/iu],
];

/** Groups of parameters, if their tensors are called so; `weights` may be those of attention. */
const PARAMETERS = /^(?:params|parameters|weights|buffers|model|module|net)$/iu;

/** The kind of the tensors in a group of this name; undefined if the name does not tell. */
export function sectionKind(segment: string): OtherKind | 'activation' | undefined {
  return SECTIONS.find(([, pattern]) => pattern.test(segment))?.[0];
}

/** Whether a group of this name holds parameters if its tensors have the names of parameters. */
export function mayHoldParameters(segment: string): boolean {
  return PARAMETERS.test(segment);
}
