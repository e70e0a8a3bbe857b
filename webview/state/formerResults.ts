import type { AnalysisOptions, RecordShift, RecordSummary } from '../../src/model/analysis';
import { isOtherRun } from '../../src/model/reference';
import type { PanelCatalog, PanelUpdate } from '../../src/protocol/panelApi';
import type { RecordTable } from './recordTable';

/** Results of former options, which stay in view, dimmed, until those of the current options arrive. */
export interface FormerResults {
  /** The options of all results of the layer in focus; undefined once some are of the current options. */
  readonly options: AnalysisOptions | undefined;
  /** Results of the layer in focus: the current ones as far as there are any, or else former ones. */
  readonly summaries: RecordTable<RecordSummary>;
  readonly shifts: RecordTable<RecordShift>;
  /** 1 for each record whose cell on the map is of the current options. Later records have no former cells. */
  readonly renewed: Uint8Array;
}

/** What is known of the run under the current options, and what is left of former ones. */
interface Results {
  readonly catalog: PanelCatalog | undefined;
  readonly options: AnalysisOptions;
  /** Of the layer in focus, as are the shifts. */
  readonly summaries: RecordTable<RecordSummary>;
  readonly shifts: RecordTable<RecordShift>;
  readonly former: FormerResults | undefined;
}

/** What stays in view when options change; undefined if a shift is, or was, measured from another run. */
export function formerResults(data: Results, options: AnalysisOptions): FormerResults | undefined {
  const { former, summaries, shifts } = data;
  if (isOtherRun(options.reference) || isOtherRun(data.options.reference)) return undefined;
  return {
    options: former === undefined ? data.options : former.options,
    summaries: former?.summaries ?? summaries,
    shifts: former?.shifts ?? shifts,
    renewed: new Uint8Array(data.catalog?.records.length ?? 0),
  };
}

/** What stays in view after an update whose results and cells are of the current options. */
export function formerAfter(
  { former }: Pick<Results, 'former'>,
  { progress, summaries, shifts, shiftMap, quantity }: PanelUpdate,
  dropped: readonly number[],
): FormerResults | undefined {
  if (former === undefined || progress.state !== 'computing') return undefined;
  for (const record of shiftMap.record) former.renewed[record] = 1;
  for (const record of quantity.record) former.renewed[record] = 1;
  return {
    ...former,
    options: summaries.length === 0 ? former.options : undefined,
    summaries: former.summaries.with(summaries, dropped),
    shifts: former.shifts.with(shifts, dropped),
  };
}

/** Records whose cells on the map are still of former options. */
export function formerCells({ former }: Pick<Results, 'former'>): readonly number[] {
  const records: number[] = [];
  former?.renewed.forEach((isRenewed, record) => {
    if (isRenewed === 0) records.push(record);
  });
  return records;
}

/** The data, with former results for the records of the layer in focus that have no current ones yet. */
export function withFormer<Data extends Results>(data: Data): Data {
  const { former } = data;
  if (former === undefined) return data;
  const { options = data.options, summaries, shifts } = former;
  return { ...data, options, summaries, shifts };
}

/** Whether some of these records have no results under the current options yet, but former ones. */
export function areFormer(
  { former, summaries }: Pick<Results, 'former' | 'summaries'>,
  series: readonly { readonly id: number }[],
): boolean {
  return (
    former !== undefined &&
    series.some(({ id }) => summaries.get(id) === undefined && former.summaries.get(id) !== undefined)
  );
}
