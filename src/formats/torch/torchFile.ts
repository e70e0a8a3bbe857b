import { t } from '@vscode/l10n';
import { bufferSource } from '../../io/bufferSource';
import type { ByteSource } from '../../io/byteSource';
import { endingWith } from '../../io/endingWith';
import { sliceSource } from '../../io/sliceSource';
import { stridedSource } from '../../io/stridedSource';
import { type Problem, problemError } from '../../model/problem';
import { ITEM_SIZE } from '../dtype';
import type { TensorFile } from '../tensorFile';
import { globalName, isKind, type PickleValue } from './pickleValues';
import type { TorchStorages } from './storedTensor';
import type { TorchTensor } from './torchTensor';
import { opaqueMessage, torchTensors } from './torchTensors';

/** Returns the file of a pickle's tensors, whose storages `openStorage` opens. */
export function torchFile(
  source: ByteSource,
  format: string,
  root: PickleValue,
  storages: TorchStorages,
  openStorage: (key: string) => Promise<ByteSource>,
): TensorFile {
  const { tensors, problems, metadata, remarks } = torchTensors(root, storages, source.path);
  const [first] = problems;
  // The whole file is one object, such as a module.
  if (tensors.size === 0 && first?.tensor === '')
    throw problemError(first.code, source.path, wholeFileMessage(root, first));
  const openTensor = async (name: string) => {
    const tensor = tensors.get(name);
    if (tensor === undefined)
      throw problemError('not-found', source.path, t('The file has no tensor with this name.'), name);
    return openData(source, tensor, openStorage);
  };
  return {
    path: source.path,
    format,
    tensors: [...tensors.values()].map(({ info }) => info),
    metadata,
    problems,
    ...(remarks.length > 0 && { remarks }),
    openTensor,
    close: () => source.close(),
  };
}

async function openData(
  source: ByteSource,
  { info, data, gather }: TorchTensor,
  openStorage: (key: string) => Promise<ByteSource>,
): Promise<ByteSource> {
  if ('parts' in data) {
    const parts: ByteSource[] = [];
    for (const part of data.parts) parts.push(await openData(source, part, openStorage));
    return endingWith(source, await data.compose(parts));
  }
  if (data instanceof Uint8Array) return endingWith(source, bufferSource(source.path, data));
  const stored = sliceSource(await openStorage(data.key), data.offset, data.length);
  return gather === undefined ? stored : stridedSource(stored, gather, ITEM_SIZE[info.dtype]);
}

function wholeFileMessage(root: PickleValue, problem: Problem): string {
  const callee = isKind(root, 'object') ? globalName(root.callee) : undefined;
  return callee !== undefined && problem.message === opaqueMessage(callee)
    ? t(
        'The file is a pickled Python object, {0}, which Normscope never loads because that could run code. For a module, save module.state_dict().',
        callee.slice(0, 200),
      )
    : problem.message;
}
