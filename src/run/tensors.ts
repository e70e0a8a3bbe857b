import type { TensorInfo } from '../formats/tensorFile';
import type { Unrecognised } from '../protocol/catalog';
import { readBareNumbers } from './bareNumbers';
import { stemOf } from './fileKinds';
import type { FileHeader } from './headers';
import type { Marks } from './marks';
import { sortNaturally } from './names';
import { grammarFor, type ParsedName, parseName, type TensorName } from './naming';

/** One tensor of one file, its name taken apart. */
export interface FoundTensor {
  readonly header: FileHeader;
  readonly info: TensorInfo;
  readonly parsed: ParsedName;
  /** Of the name, overridden by what the file itself says. */
  readonly marks: Marks;
}

/**
 * The tensors of all files that can be records, in network order as far as the files tell it. Scalars and tensors
 * without elements are listed apart.
 */
export function findTensors(headers: readonly FileHeader[]): {
  readonly tensors: readonly FoundTensor[];
  readonly unrecognised: readonly Unrecognised[];
} {
  const unrecognised: Unrecognised[] = [];
  const usable: { header: FileHeader; info: TensorInfo; name: TensorName }[] = [];
  for (const header of headers) {
    for (const info of networkOrder(header.tensors)) {
      const reason = unfitness(info);
      if (reason === undefined) usable.push({ header, info, name: nameOf(header, info) });
      else
        unrecognised.push({ path: header.file.uri, ...(info.name !== '' && { tensor: info.name }), reason });
    }
  }
  const names = usable.map(({ name }) => name);
  const grammar = grammarFor(names);
  const parsed = readBareNumbers(names.map((name) => parseName(name, grammar)));
  const tensors = usable.map(({ header, info }, index) => ({
    header,
    info,
    parsed: parsed[index],
    marks: { ...parsed[index].marks, ...header.marks },
  }));
  return { tensors, unrecognised };
}

function nameOf({ file }: FileHeader, info: TensorInfo): TensorName {
  return { folders: file.folders, stem: stemOf(file.name), key: info.name };
}

/** Why a tensor cannot be a record. */
function unfitness({ shape }: TensorInfo): string | undefined {
  if (shape.length === 0) return 'A single number (rank 0) has no channels.';
  if (shape.includes(0)) return `Has no elements: [${shape.join(', ')}].`;
  return undefined;
}

/**
 * The order in which a file lists its tensors is usually that of the network. One that is alphabetical within each
 * dtype comes from the writer instead (safetensors sorts so) and is replaced by natural order.
 */
function networkOrder(tensors: readonly TensorInfo[]): readonly TensorInfo[] {
  const seen = new Set<string>();
  const alphabetical = tensors.every(({ dtype, name }, index) => {
    const previous = tensors[index - 1];
    if (previous?.dtype === dtype) return previous.name <= name;
    const fresh = !seen.has(dtype);
    seen.add(dtype);
    return fresh;
  });
  return alphabetical ? sortNaturally(tensors, ({ name }) => name) : tensors;
}
