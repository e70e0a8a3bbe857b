import type { Unrecognised } from '../model/catalog';
import { type LocatedSidecar, layerSettings, speaksOfPhase } from './layerSettings';
import { layerNames } from './naming/layerNames';
import { normalisePhase } from './naming/nameFields';
import { parseName, STRICT_GRAMMAR } from './naming/naming';
import { timeline } from './naming/timeline';
import { type RecordKey, recordKey, uniformCalls } from './naming/variants';
import { parallelParts } from './parallelParts';
import type { FoundTensor } from './tensors';

/** A tensor with its layer, step and variant. */
export type PlacedTensor = RecordKey & { readonly tensor: FoundTensor };

interface Placement {
  readonly placed: readonly PlacedTensor[];
  readonly unrecognised: readonly Unrecognised[];
}

/**
 * Gives every tensor its layer, step and variant; no two share all of them. `folder`: name of the run's folder,
 * which says the step where nothing in it does, and the layer where no name is left.
 */
export function placeTensors(
  tensors: readonly FoundTensor[],
  folder: string | undefined,
  sidecars: readonly LocatedSidecar[],
): Placement {
  const timed = placeInTime(tensors, folder);
  const { placed, unrecognised } = withoutDuplicates(uniformCalls(withPhases(timed.placed, sidecars)));
  return { placed, unrecognised: [...timed.unrecognised, ...unrecognised] };
}

function placeInTime(tensors: readonly FoundTensor[], folder: string | undefined): Placement {
  const fields = tensors.map((tensor) => tensor.fields);
  const byName = timeline(fields);
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
  const unrecognised = tensors
    .filter((_, index) => steps[index] === undefined)
    .map((tensor) => ({ ...placeOf(tensor), reason: noStep(byName.counters) }));
  const placed = known.map((each, index) => {
    const { info } = each.tensor;
    const parts = [partOf(each.tensor).prefix, names[index], info.part ?? ''];
    return { ...each, layer: parts.filter((part) => part !== '').join('/') };
  });
  return { placed, unrecognised };
}

function noStep(counters: readonly string[]): string {
  return `Neither path nor key says its ${counters.join(' and ')}, unlike most others of the run.`;
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
    return phase === undefined ? each : { ...each, phase: normalisePhase(phase) };
  });
}

function withoutDuplicates(tensors: readonly PlacedTensor[]): Placement {
  const first = new Map<string, PlacedTensor>();
  const unrecognised: Unrecognised[] = [];
  for (const each of tensors) {
    const key = recordKey(each);
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, each);
      continue;
    }
    const { path, tensor } = placeOf(other.tensor);
    const where = tensor === undefined ? path : `${path} (${tensor})`;
    const reason = `Layer ${each.layer} at step ${each.step} was already found in ${where}.`;
    unrecognised.push({ ...placeOf(each.tensor), reason });
  }
  return { placed: [...first.values()], unrecognised };
}

function placeOf({ header, info }: FoundTensor): { path: string; tensor?: string } {
  return { path: header.file.uri, ...(info.name !== '' && { tensor: info.name }) };
}
