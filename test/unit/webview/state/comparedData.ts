import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { RunCatalog } from '../../../../src/model/catalog';
import { packCatalog } from '../../../../src/model/catalogColumns';
import { withoutTurns } from '../../../../src/model/inTurns';
import type { OtherRun } from '../../../../src/model/reference';
import type { PanelSnapshot, PanelUpdate } from '../../../../src/protocol/panelApi';
import { fromSnapshot, type RunData, withUpdate } from '../../../../webview/state/runData';
import { catalogOf } from '../../model/samples';
import { NO_FIGURES, snapshotOf } from '../samples';

/** Records 0–2 of layer a, 3–5 of layer b. */
export const OWN = catalogOf(['a', 'b'], [0, 10, 20]);
/** Records 0–1 of layer b, 2–3 of layer a, 4–5 of layer c; at fewer steps. */
export const THERE: RunCatalog = catalogOf(['b', 'a', 'c'], [0, 10]);

/** A snapshot of a run that is compared with another. */
export function comparedSnapshot(
  changed: Partial<OtherRun> = {},
  layer?: PanelSnapshot['layer'],
): PanelSnapshot {
  const reference = { roots: ['file:///seed2'], ...changed };
  return {
    ...snapshotOf(OWN, [], layer),
    options: { ...DEFAULT_OPTIONS, reference },
    other: { roots: reference.roots, title: 'seed2', catalog: packCatalog(THERE) },
  };
}

export function comparedData(...args: Parameters<typeof comparedSnapshot>): RunData {
  return withoutTurns(fromSnapshot(comparedSnapshot(...args)));
}

/** An update in which nothing is new but what is given. */
export function updateWith(data: RunData, changed: Partial<PanelUpdate>): RunData {
  return withUpdate(data, {
    progress: data.progress,
    problems: [],
    deltas: [],
    shiftMap: snapshotOf(undefined).shiftMap,
    quantity: NO_FIGURES,
    summaries: [],
    shifts: [],
    ...changed,
  });
}
