import { rmsOf } from '../findings/measured';
import type { RecordSummary } from '../model/analysis';
import type { RecordEntry, RunCatalog } from '../model/catalog';
import { seriesOf } from '../model/series';

const FIGURES = [
  'magnitude',
  'saturation',
  'channelHealth',
  'formatLoss',
  'batchError',
  'rankParameters',
] as const satisfies readonly (keyof RecordSummary)[];

/** Figures of a record's raw values that findings use. A figure that does not apply to the record is absent. */
export interface Health extends Pick<RecordSummary, (typeof FIGURES)[number]> {
  /** Root mean square of the finite values. */
  readonly rms?: number;
  /** Root mean square, divided by that of the first record of the same layer, phase, rank, and call. */
  readonly growth?: number;
}

/** Returns the figures of a record that findings use. `summaries` has those of other records, by record id. */
export function healthOf(
  catalog: RunCatalog,
  { layer, variant }: RecordEntry,
  summary: RecordSummary,
  summaries: ReadonlyMap<number, RecordSummary>,
): Health {
  const [begin] = seriesOf(catalog, layer, variant);
  const first = begin === undefined ? undefined : summaries.get(begin.id);
  const rms = rmsOf(summary);
  const growth = first === undefined ? Number.NaN : rms / rmsOf(first);
  const health: MutableHealth = {};
  if (Number.isFinite(rms)) health.rms = rms;
  if (Number.isFinite(growth)) health.growth = growth;
  for (const name of FIGURES) copyFigure(health, summary, name);
  return health;
}

type MutableHealth = { -readonly [K in keyof Health]: Health[K] };

function copyFigure<K extends (typeof FIGURES)[number]>(
  health: MutableHealth,
  summary: RecordSummary,
  name: K,
): void {
  const figure: MutableHealth[K] = summary[name];
  if (figure !== undefined) health[name] = figure;
}
