import type { Method } from '../../src/model/analysis';
import type { MethodAtSteps } from '../../src/model/densities';
import type { RunData } from './runData';
import type { Selection } from './selection';

/** What was last found, so that a chart gets the same object for the same densities. */
const known = new WeakMap<object, MethodAtSteps>();

/** The distributions of the layer in view over training; undefined until they have arrived, and for a method without any. */
export function densitiesInView(
  { densities, catalog }: Pick<RunData, 'densities' | 'catalog'>,
  { layer, variant }: Selection,
  method: Method,
): MethodAtSteps | undefined {
  if (densities?.layer !== layer.id || densities.variant !== variant || catalog === undefined)
    return undefined;
  const of = densities.methods[method];
  if (of === undefined) return undefined;
  const found = known.get(of) ?? {
    densities,
    of,
    steps: Array.from(densities.records, (record) => catalog.records[record].step),
  };
  known.set(of, found);
  return found;
}
