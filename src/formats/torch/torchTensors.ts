import { t } from '@vscode/l10n';
import { type Problem, problemError, toProblem } from '../../model/problem';
import { composedTensor } from './composedTensors';
import type { PartReader } from './partReader';
import { containerOf, objectContents, type PickleContainer, rootTuple } from './pickleContainers';
import { numpyArray } from './pickledNumpy';
import {
  globalName,
  isKind,
  type PickleObject,
  type PickleValue,
  pickleObject,
  tupleItems,
} from './pickleValues';
import { type Fail, negatedIfMarked, storedTensor, type TorchStorages } from './storedTensor';
import type { TorchTensor } from './torchTensor';

/** Maximum nested containers, and visited values, of one file. */
const MAX_DEPTH = 100;
const MAX_VISITS = 1_000_000;
/** Maximum number of names to list, of tensors and problems together. */
const MAX_NAMES = 100_000;
const MAX_NAME_LENGTH = 4096;
/** Maximum letters of all names together. Long keys around many tensors would let a small file claim much memory. */
const MAX_NAME_LETTERS = 16_000_000;

interface Place {
  readonly name: string;
  readonly value: PickleValue;
  readonly depth: number;
  /** The path to it; undefined at the root. */
  readonly way: Way | undefined;
  /** Plain values next to it and around it, except those of the root. */
  readonly notes: ReadonlyMap<string, string> | undefined;
}

/** A key or a position in a list (not a tuple), and the path to its container. */
interface Way {
  readonly key: string | number;
  readonly before: Way | undefined;
  /** Whether a container on the path distinguishes its values by numbers. */
  readonly isNumbered: boolean;
}

function pathOf(way: Way | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = way; at !== undefined; at = at.before) path.unshift(at.key);
  return path;
}

/** The content of a pickle, by name. */
export interface TorchContents {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly problems: readonly Problem[];
  /** Plain values next to the outermost tensors, as text by key. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Remarks for the user, in whole sentences. */
  readonly remarks: readonly string[];
}

/**
 * Reads the tensors of a pickle written by `torch.save` [torch/_utils.py, torch/_tensor.py], by name: keys of nested
 * dicts and list indices joined by dots; a bare tensor has the empty name. Reads objects that contain tensors as the
 * dicts that represent them in the pickle. A value that is neither a tensor, a container, nor plain becomes a problem
 * with its name.
 */
export function torchTensors(pickled: PickleValue, storages: TorchStorages, path: string): TorchContents {
  const tuple = rootTuple(pickled);
  const root = tuple?.value ?? pickled;
  const tensors = new Map<string, TorchTensor>();
  const problems: Problem[] = [];
  const budget = { visits: 0 };
  const contents = containerAt(root, budget);
  const left: Place[] = [{ name: '', value: root, depth: 0, way: undefined, notes: undefined }];
  let letters = 0;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { name, value, depth, way, notes } = next;
    const fail: Fail = (code, message) => problemError(code, path, message, name);
    if (
      budget.visits > MAX_VISITS ||
      letters > MAX_NAME_LETTERS ||
      tensors.size + problems.length > MAX_NAMES
    )
      throw problemError('unsupported', path, t('The file has too many values. Save only the tensors.'));
    try {
      const container = value === root ? contents : containerAt(value, budget);
      if (container !== undefined) {
        if (depth >= MAX_DEPTH)
          throw fail('unsupported', t('Containers are nested more than {0} levels deep.', MAX_DEPTH));
        const { children, isNumbered, scalars } = container;
        budget.visits += children.length + 1;
        const prefix = name === '' ? '' : `${name}.`;
        const own = depth === 0 || scalars.size === 0 ? notes : new Map([...(notes ?? []), ...scalars]);
        for (let i = children.length - 1; i >= 0; i--) {
          const { name: key, key: step, value: child } = children[i];
          if (typeof child !== 'object' || child === null) continue;
          const childName = (prefix + key).slice(0, MAX_NAME_LENGTH);
          letters += childName.length;
          left.push({
            name: childName,
            value: child,
            depth: depth + 1,
            way: { key: step, before: way, isNumbered: isNumbered || way?.isNumbered === true },
            notes: own,
          });
        }
        continue;
      }
      if (!isKind(value, 'object')) continue;
      const tensor = tensorOf(value, name, storages, path, fail);
      if (tensor === undefined) continue;
      if (tensors.has(name)) throw fail('malformed', t('Two tensors in the file have this name.'));
      tensors.set(name, placed(tensor, next));
    } catch (error) {
      problems.push(toProblem(error, path, name));
    }
  }
  return {
    tensors,
    problems,
    metadata: new Map([...(tuple?.scalars ?? []), ...(contents?.scalars ?? [])]),
    remarks:
      tuple?.scalars.has('step') && tensors.size > 0
        ? [t('A number next to the tensors in a tuple is read as their step.')]
        : [],
  };
}

function placed({ info, ...rest }: TorchTensor, { way, notes }: Place): TorchTensor {
  return {
    ...rest,
    info: {
      ...info,
      ...(way?.isNumbered && { path: pathOf(way) }),
      ...(notes !== undefined && { metadata: notes }),
    },
  };
}

/** Maximum number of values of one object to search for a tensor. */
const MAX_OBJECT_VISITS = 1000;

/** Returns the content of a list, a dict, or an object that contains a tensor; undefined for anything else. */
function containerAt(value: PickleValue, budget: { visits: number }): PickleContainer | undefined {
  const container = containerOf(value);
  if (container !== undefined || !isKind(value, 'object') || isTensorCall(value)) return container;
  const contents = objectContents(value);
  return contents !== undefined && holdsTensor(contents, budget) ? contents : undefined;
}

function holdsTensor(contents: PickleContainer, budget: { visits: number }): boolean {
  const left: PickleContainer[] = [contents];
  let visits = 0;
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    for (const { value } of next.children) {
      if (++visits > MAX_OBJECT_VISITS || budget.visits > MAX_VISITS) return false;
      if (isKind(value, 'object') && isTensorCall(value)) return true;
      const inner = containerOf(value) ?? (isKind(value, 'object') ? objectContents(value) : undefined);
      if (inner === undefined) continue;
      budget.visits += inner.children.length + 1;
      left.push(inner);
    }
  }
  return false;
}

function isTensorCall({ callee }: PickleObject): boolean {
  return /^(?:torch\._(?:utils|tensor)\._rebuild_|numpy\.(?:_?core)\.(?:multiarray\._reconstruct|numeric\._frombuffer)$)/.test(
    globalName(callee) ?? '',
  );
}

/** Plain values that dumps contain next to their tensors, and that are skipped. */
const PLAIN =
  /^(?:torch\.(?:Size|device|Generator|serialization\._get_layout)|numpy\.dtype|numpy\.(?:_?core)\.multiarray\.scalar|(?:__builtin__|builtins)\.(?:set|frozenset|complex|slice|range|bytearray)|_codecs\.encode|datetime\.\w+|pathlib\.\w+|argparse\.Namespace|uuid\.UUID|decimal\.Decimal|fractions\.Fraction)$/;

/** Maximum number of wrappers around a tensor, such as parameters and subclasses. */
const MAX_WRAPS = 8;

/** Returns the tensor that Python would make from a call; undefined for a plain value. */
function tensorOf(
  value: PickleObject,
  name: string,
  storages: TorchStorages,
  path: string,
  fail: Fail,
  depth = 0,
): TorchTensor | undefined {
  if (depth > MAX_WRAPS) throw fail('malformed', t('The tensor is nested too deeply in wrapper objects.'));
  const parts: PartReader = {
    read: (part) => {
      const tensor = isKind(part, 'object')
        ? tensorOf(part, name, storages, path, fail, depth + 1)
        : undefined;
      if (tensor === undefined) throw fail('malformed', t('Expected the tensors that make up this tensor.'));
      if (tensor.info.isComplex)
        throw fail(
          'unsupported',
          t('The elements are complex numbers. Save torch.view_as_real(t), or t.abs().'),
        );
      return tensor;
    },
    readStored: (args, dtype) => storedTensor('', args, name, storages, path, fail, dtype),
    fail,
  };
  let call = value;
  // A parameter wraps a tensor, and a subclass wraps the function that makes it; each at most a few times.
  for (let wraps = 0; wraps < MAX_WRAPS; wraps++) {
    const callee = globalName(call.callee);
    const args = tupleItems(call.args) ?? [];
    const composed = composedTensor(call, parts);
    if (composed !== undefined) return composed;
    if (
      callee === 'torch._utils._rebuild_parameter' ||
      callee === 'torch._utils._rebuild_parameter_with_state'
    ) {
      if (!isKind(args[0], 'object')) throw fail('malformed', t('The parameter contains no tensor.'));
      call = args[0];
    } else if (
      callee === 'torch._tensor._rebuild_from_type_v2' ||
      callee === 'torch._tensor._rebuild_from_type'
    ) {
      call = pickleObject(args[0] ?? null, args[2] ?? null);
    } else if (callee !== undefined && REBUILDS.has(callee)) {
      return negatedIfMarked(storedTensor(callee, args, name, storages, path, fail), callee, args, fail);
    } else {
      const array = numpyArray(call, name, path, fail);
      if (array !== undefined) return array;
      if (callee !== undefined && PLAIN.test(callee)) return undefined;
      throw fail('unsupported', opaqueMessage(callee));
    }
  }
  throw fail('malformed', t('The tensor is nested too deeply in wrapper objects.'));
}

const REBUILDS = new Set([
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
]);

/** Returns the message for a Python object that is not a tensor. */
export function opaqueMessage(callee: string | undefined): string {
  if (callee === undefined)
    return t('Expected a tensor, or a dictionary or list of tensors; found a value of an unknown kind.');
  return t(
    'Expected a tensor, or a dictionary or list of tensors; found a Python object, {0}, which Normscope never loads because that could run code. Save its tensors instead.',
    callee.slice(0, 200),
  );
}
