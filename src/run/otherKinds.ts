import { t } from '@vscode/l10n';
import type { Unrecognized } from '../model/catalog';
import { type InTurns, inTurns, mapInTurns } from '../model/inTurns';
import type { FileHeader, RecordInfo } from './fileHeader';
import { mayHoldParameters, type OtherKind, sectionKind, segmentsOf } from './sections';
import { isParameterName } from './weights';

/**
 * Separates gradients, parameters, and optimizer state from the activations next to them, in the same files or in
 * others of the run. If a run has nothing else, they stay.
 */
export function* withoutOtherKinds(headers: readonly FileHeader[]): InTurns<{
  readonly headers: readonly FileHeader[];
  readonly unrecognized: readonly Unrecognized[];
}> {
  const kinds: KindsOfFile[] = [];
  /** Files of one run often share the list of their tensors, and that of their parameters. */
  const known = new Map<readonly RecordInfo[], KindsOfFile>();
  for (const header of headers) {
    const shared = known.get(header.tensors);
    const found = shared?.parameters === header.parameters ? shared : yield* kindsOf(header);
    known.set(header.tensors, found);
    kinds.push(found);
    yield;
  }
  if (!kinds.some(({ isMixed }) => isMixed)) return { headers, unrecognized: [] };
  const unrecognized: Unrecognized[] = [];
  const kept = yield* mapInTurns(headers, (header, i): FileHeader => {
    const { of: kindOf, isPure } = kinds[i];
    if (isPure) return withoutSection(header);
    for (const kind of ['gradient', 'parameter', 'optimizer'] as const) {
      const count = kindOf.filter((each) => each === kind).length;
      if (count > 0) unrecognized.push({ path: header.file.uri, reason: reasonFor(kind, count) });
    }
    const tensors = header.tensors.filter((_, j) => kindOf[j] === undefined);
    // Of a checkpoint no one misses what else cannot be read of it.
    const problems = header.problems.filter(({ tensor }) => tensors.length > 0 || tensor === undefined);
    return withoutSection({ ...header, tensors, problems });
  });
  return { headers: kept, unrecognized };
}

function reasonFor(kind: OtherKind, count: number): string {
  switch (kind) {
    case 'gradient':
      return count === 1
        ? t('Contains 1 gradient, which is not charted among the activations.')
        : t('Contains {0} gradients, which are not charted among the activations.', count);
    case 'parameter':
      return count === 1
        ? t('Contains 1 parameter, which is not charted among the activations.')
        : t('Contains {0} parameters, which are not charted among the activations.', count);
    case 'optimizer':
      return count === 1
        ? t('Contains 1 tensor of an optimizer, which is not charted among the activations.')
        : t('Contains {0} tensors of an optimizer, which are not charted among the activations.', count);
  }
}

/** The kinds of a file's tensors. */
interface KindsOfFile extends Pick<FileHeader, 'parameters'> {
  /** The kind of each tensor, if its name says that it is not an activation. */
  readonly of: readonly (OtherKind | undefined)[];
  /** Whether there are activations. */
  readonly isMixed: boolean;
  /** Whether there is nothing else. */
  readonly isPure: boolean;
}

function* kindsOf({ tensors, parameters }: FileHeader): InTurns<KindsOfFile> {
  const names = new Set(tensors.map(({ name }) => name));
  const modules = yield* moduleCounts(tensors);
  const kinds = yield* mapInTurns(tensors, (info) => {
    if (parameters.has(info.name) || info.summarized !== undefined || info.name === '') return undefined;
    const [said] = segmentsOf(info)
      .slice(0, -1)
      .slice(0, 2)
      .flatMap((group) => sectionKind(group) ?? []);
    if (said !== undefined) return said === 'activation' ? undefined : said;
    if (isGradientOf(info.name, names)) return 'gradient';
    if (isParameterName(info.name) && mayHoldParameters(segmentsOf(info)[0])) return 'parameter';
    return isParameterOf(info.name, names, modules) ? 'parameter' : undefined;
  });
  const isMixed = tensors.some(
    (info, i) =>
      (kinds[i] === undefined && !parameters.has(info.name) && info.shape.length > 0) ||
      info.summarized !== undefined,
  );
  return { of: kinds, parameters, isMixed, isPure: kinds.every((kind) => kind === undefined) };
}

/** `conv1.grad`, `conv1_grad`, `grad_conv1` next to `conv1`. */
function isGradientOf(name: string, names: ReadonlySet<string>): boolean {
  const base =
    /^(.+)[._/](?:grad|gradient)$/u.exec(name)?.[1] ?? /^(?:grad|gradient)[._/](.+)$/u.exec(name)?.[1];
  return base !== undefined && names.has(base);
}

/** `conv1.weight` next to `conv1` or `conv1.bias`: without those, a tensor of this name may be an attention weight. */
function isParameterOf(
  name: string,
  names: ReadonlySet<string>,
  modules: ReadonlyMap<string, number>,
): boolean {
  const module = moduleOf(name);
  return module !== undefined && (names.has(module) || (modules.get(module) ?? 0) > 1);
}

/** How many tensors have the name of a parameter of each module. */
function* moduleCounts(tensors: readonly RecordInfo[]): InTurns<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  yield* inTurns(tensors, ({ name }) => {
    const module = moduleOf(name);
    if (module !== undefined) counts.set(module, (counts.get(module) ?? 0) + 1);
  });
  return counts;
}

function moduleOf(name: string): string | undefined {
  return isParameterName(name) ? /^(.+)[./][^./]+$/u.exec(name)?.[1] : undefined;
}

/** A dict `activations` around all tensors says nothing of any of them. */
function withoutSection(header: FileHeader): FileHeader {
  const isWrapped = ({ name }: RecordInfo) => {
    const segments = segmentsOf({ name });
    return segments.length > 1 && !name.includes('/') && sectionKind(segments[0]) === 'activation';
  };
  const { tensors } = header;
  if (tensors.length === 0 || !tensors.every(isWrapped)) return header;
  return {
    ...header,
    tensors: tensors.map((info) => ({ key: info.name.slice(segmentsOf(info)[0].length + 1), ...info })),
  };
}
