import type { Unrecognised } from '../protocol/catalog';
import { layerNames } from './layerNames';
import { parseName, STRICT_GRAMMAR } from './naming';
import { type LocatedSidecar, layerSettings, speaksOfPhase } from './settings';
import type { FoundTensor } from './tensors';
import { timeline } from './timeline';
import { type Moment, momentKey, uniformCalls } from './variants';

/** A tensor with its layer, step and variant. */
type TimedTensor = Moment & { readonly tensor: FoundTensor };

/** Steps, layers and variants of all tensors as their names say them. */
function placeInTime(
  tensors: readonly FoundTensor[],
  folder: string | undefined,
): { moments: readonly TimedTensor[]; unrecognised: readonly Unrecognised[] } {
  const marks = tensors.map((tensor) => tensor.marks);
  const byName = timeline(marks);
  const rootMarks = parseName(
    { folders: [], stem: folder ?? '', key: '' },
    STRICT_GRAMMAR,
  ).marks;
  const { steps, calls } =
    byName.counters.length > 0 ? byName : timeline(marks.map((each) => ({ ...rootMarks, ...each })));
  const known = tensors.flatMap((tensor, index) => {
    const step = steps[index];
    const { phase, rank } = tensor.marks;
    return step === undefined ? [] : [{ tensor, step, phase, rank, call: calls[index] }];
  });
  const names = layerNames(
    known.map(({ tensor, step, phase, rank, call }) => ({
      parsed: tensor.parsed,
      moment: JSON.stringify([step, phase, rank, call]),
    })),
    folder ?? 'activations',
  );
  const unrecognised = tensors
    .filter((_, index) => steps[index] === undefined)
    .map((tensor) => ({ ...placeOf(tensor), reason: noStep(byName.counters) }));
  return { moments: known.map((each, index) => ({ ...each, layer: names[index] })), unrecognised };
}

function noStep(counters: readonly string[]): string {
  return `Neither path nor key says a step (${counters.join(' and ')}), unlike most others of the run.`;
}

/** Adds the phases that sidecars say, makes call indices uniform, and takes out what occurs twice. */
function identify(
  tensors: readonly TimedTensor[],
  sidecars: readonly LocatedSidecar[],
): { moments: readonly TimedTensor[]; duplicates: readonly Unrecognised[] } {
  const speaking = new Set(
    [...new Set(tensors.map(({ tensor }) => tensor.header))].filter((header) =>
      speaksOfPhase(header, sidecars),
    ),
  );
  const withPhases = tensors.map((each) => {
    const { header, info } = each.tensor;
    if (each.phase !== undefined || !speaking.has(header)) return each;
    return { ...each, phase: layerSettings(header, [each.layer, info.name], sidecars).phase };
  });
  const first = new Map<string, TimedTensor>();
  const duplicates: Unrecognised[] = [];
  for (const each of uniformCalls(withPhases)) {
    const key = momentKey(each);
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, each);
    } else {
      const { path, tensor } = placeOf(other.tensor);
      const where = tensor === undefined ? path : `${path} (${tensor})`;
      const reason = `Layer ${each.layer} at step ${each.step} was already found in ${where}.`;
      duplicates.push({ ...placeOf(each.tensor), reason });
    }
  }
  return { moments: [...first.values()], duplicates };
}

function placeOf({ header, info }: FoundTensor): { path: string; tensor?: string } {
  return { path: header.file.uri, ...(info.name !== '' && { tensor: info.name }) };
}

