import { t } from '@vscode/l10n';
import type { Unrecognized } from '../model/catalog';
import type { Question, Readings } from '../model/questions';
import { type LocatedSidecar, layerSettings, speaksOfPhase } from './layerSettings';
import { layerNames } from './naming/layerNames';
import { normalizePhase } from './naming/nameFields';
import { parseName, STRICT_GRAMMAR } from './naming/naming';
import { timeline } from './naming/timeline';
import { type RecordKey, recordKey, uniformCalls } from './naming/variants';
import { parallelParts } from './parallelParts';
import type { FoundTensor } from './tensors';

/** A tensor with its layer, step and variant. */
export type PlacedTensor = RecordKey & { readonly tensor: FoundTensor };

interface Placement {
  readonly placed: readonly PlacedTensor[];
  readonly unrecognized: readonly Unrecognized[];
}

interface AskedPlacement extends Placement {
  readonly questions: readonly Question[];
}

/**
 * Assigns a layer, step, and variant to every tensor; no two tensors share all three. `folder`: name of the run's
 * folder, which gives the step if nothing in it does, and the layer if no name is left.
 */
export function placeTensors(
  tensors: readonly FoundTensor[],
  folder: string | undefined,
  sidecars: readonly LocatedSidecar[],
  readings: Readings | undefined,
): AskedPlacement {
  const timed = placeInTime(tensors, folder, readings);
  const { placed, unrecognized } = withoutDuplicates(uniformCalls(withPhases(timed.placed, sidecars)));
  return { placed, unrecognized: [...timed.unrecognized, ...unrecognized], questions: timed.questions };
}

function placeInTime(
  tensors: readonly FoundTensor[],
  folder: string | undefined,
  readings: Readings | undefined,
): AskedPlacement {
  const fields = tensors.map((tensor) => tensor.fields);
  const byName = timeline(fields, readings);
  const rootFields = parseName({ folders: [], stem: folder ?? '', key: '' }, STRICT_GRAMMAR).fields;
  const { steps, calls } =
    byName.counters.length > 0 ? byName : timeline(fields.map((each) => ({ ...rootFields, ...each })));
  const partOf = parallelParts(tensors);
  const known = tensors.flatMap((tensor, index) => {
    const step = steps[index];
    const { phase } = tensor.fields;
    return step === undefined ? [] : [{ tensor, step, phase, rank: partOf(tensor).rank, call: calls[index] }];
  });
  const names = layerNames(
    known.map((each) => ({
      parsed: each.tensor.parsed,
      key: recordKey({ ...each, layer: `${partOf(each.tensor).prefix}\n${each.tensor.info.part ?? ''}` }),
    })),
    folder ?? 'activations',
  );
  const unrecognized = tensors
    .filter((_, index) => steps[index] === undefined)
    .map((tensor) => ({ ...placeOf(tensor), reason: noStep(byName.counters) }));
  const placed = known.map((each, index) => {
    const { info } = each.tensor;
    const parts = [partOf(each.tensor).prefix, names[index], info.part ?? ''];
    return { ...each, layer: parts.filter((part) => part !== '').join('/') };
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
function withPhases(
  tensors: readonly PlacedTensor[],
  sidecars: readonly LocatedSidecar[],
): readonly PlacedTensor[] {
  const headers = [...new Set(tensors.map(({ tensor }) => tensor.header))];
  const speaking = new Set(headers.filter((header) => speaksOfPhase(header, sidecars)));
  return tensors.map((each) => {
    const { header, info } = each.tensor;
    if (each.phase !== undefined || !speaking.has(header)) return each;
    const { phase } = layerSettings(header, [each.layer, info.name], sidecars);
    return phase === undefined ? each : { ...each, phase: normalizePhase(phase) };
  });
}

function withoutDuplicates(tensors: readonly PlacedTensor[]): Placement {
  const first = new Map<string, PlacedTensor>();
  const unrecognized: Unrecognized[] = [];
  for (const each of tensors) {
    const key = recordKey(each);
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, each);
      continue;
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
  }
  return { placed: [...first.values()], unrecognized };
}

function placeOf({ header, info }: FoundTensor): { path: string; tensor?: string } {
  return { path: header.file.uri, ...(info.name !== '' && { tensor: info.name }) };
}
