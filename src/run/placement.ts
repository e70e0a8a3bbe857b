import { t } from '@vscode/l10n';
import type { Unrecognized } from '../model/catalog';
import { type InTurns, inTurns, mapInTurns } from '../model/inTurns';
import type { Question, Readings } from '../model/questions';
import type { FileHeader } from './fileHeader';
import { type LocatedSidecar, layerSettings, speaksOf } from './layerSettings';
import { layerNames } from './naming/layerNames';
import { normalizePhase } from './naming/nameFields';
import { parseName, STRICT_GRAMMAR } from './naming/naming';
import { timeline } from './naming/timeline';
import { type RecordKey, recordKey, unifyCalls } from './naming/variants';
import { parallelParts } from './parallelParts';
import type { FoundTensor } from './tensors';

/** A tensor with its layer, step and variant. */
export type PlacedTensor = RecordKey & { readonly tensor: FoundTensor };

/** One whose call may still change. */
type Timed = Omit<PlacedTensor, 'call'> & { call: number | undefined };

interface Placement {
  readonly placed: readonly PlacedTensor[];
  readonly unrecognized: readonly Unrecognized[];
}

interface AskedPlacement extends Placement {
  readonly questions: readonly Question[];
}

interface TimedPlacement extends Omit<AskedPlacement, 'placed'> {
  readonly placed: readonly Timed[];
}

/**
 * Assigns a layer, step, and variant to every tensor; no two tensors share all three. `folder`: name of the run's
 * folder, which gives the step if nothing in it does, and the layer if no name is left.
 */
export function* placeTensors(
  tensors: readonly FoundTensor[],
  folder: string | undefined,
  sidecars: readonly LocatedSidecar[],
  readings: Readings | undefined,
): InTurns<AskedPlacement> {
  const timed = yield* placeInTime(tensors, folder, readings);
  const phased = yield* withPhases(timed.placed, sidecars);
  yield* unifyCalls(phased);
  const { placed, unrecognized } = yield* withoutDuplicates(phased);
  return { placed, unrecognized: [...timed.unrecognized, ...unrecognized], questions: timed.questions };
}

function* placeInTime(
  tensors: readonly FoundTensor[],
  folder: string | undefined,
  readings: Readings | undefined,
): InTurns<TimedPlacement> {
  const fields = tensors.map((tensor) => tensor.fields);
  const byName = yield* timeline(fields, readings);
  const rootFields = parseName({ folders: [], stem: folder ?? '', key: '' }, STRICT_GRAMMAR).fields;
  const { steps, calls } =
    byName.counters.length > 0
      ? byName
      : yield* timeline(yield* mapInTurns(fields, (each) => ({ ...rootFields, ...each })));
  const partOf = parallelParts(tensors);
  yield;
  const known: Timed[] = [];
  yield* inTurns(tensors, (tensor, index) => {
    const step = steps[index];
    const { phase } = tensor.fields;
    if (step !== undefined)
      known.push({ tensor, layer: '', step, phase, rank: partOf(tensor).rank, call: calls[index] });
  });
  const names = yield* layerNames(
    yield* mapInTurns(known, (each) => ({
      parsed: each.tensor.parsed,
      key: recordKey({ ...each, layer: `${partOf(each.tensor).prefix}\n${each.tensor.info.part ?? ''}` }),
    })),
    folder ?? 'activations',
  );
  const unrecognized = tensors
    .filter((_, index) => steps[index] === undefined)
    .map((tensor) => ({ ...placeOf(tensor), reason: noStep(byName.counters) }));
  const placed = yield* mapInTurns(known, ({ tensor, step, phase, rank, call }, index): Timed => {
    const { prefix } = partOf(tensor);
    const { part = '' } = tensor.info;
    const isWhole = prefix === '' && part === '';
    const layer = isWhole
      ? names[index]
      : [prefix, names[index], part].filter((each) => each !== '').join('/');
    return { tensor, layer, step, phase, rank, call };
  });
  return { placed, unrecognized, questions: byName.questions };
}

function noStep(counters: readonly string[]): string {
  return t(
    'Neither the path nor the tensor name contains a number for: {0}. Most other files of this run have one.',
    counters.join(', '),
  );
}

/** Phases that only sidecars or metadata say. */
function* withPhases(
  tensors: readonly Timed[],
  sidecars: readonly LocatedSidecar[],
): InTurns<readonly Timed[]> {
  const headers = new Set(tensors.map(({ tensor }) => tensor.header));
  yield;
  const speaking = new Set<FileHeader>();
  yield* inTurns(headers, (header) => {
    if (speaksOf('phase', header, sidecars)) speaking.add(header);
  });
  if (speaking.size === 0) return tensors;
  return yield* mapInTurns(tensors, (each) => {
    const { header, info } = each.tensor;
    if (each.phase !== undefined || !speaking.has(header)) return each;
    const { phase } = layerSettings(header, [each.layer, info.name], sidecars);
    return phase === undefined ? each : { ...each, phase: normalizePhase(phase) };
  });
}

function* withoutDuplicates(tensors: readonly PlacedTensor[]): InTurns<Placement> {
  const first = new Map<string, PlacedTensor>();
  const unrecognized: Unrecognized[] = [];
  yield* inTurns(tensors, (each) => {
    const key = recordKey(each);
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, each);
      return;
    }
    const { path, tensor } = placeOf(other.tensor);
    const where = tensor === undefined ? path : `${path} (${tensor})`;
    const reason = t(
      'Duplicate: layer {0} at step {1} is also in {2}, which is used.',
      each.layer,
      each.step,
      where,
    );
    unrecognized.push({ ...placeOf(each.tensor), reason });
  });
  return { placed: [...first.values()], unrecognized };
}

function placeOf({ header, info }: FoundTensor): { path: string; tensor?: string } {
  return { path: header.file.uri, ...(info.name !== '' && { tensor: info.name }) };
}
