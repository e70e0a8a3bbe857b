import type { CoordinateCheck } from '../../src/model/coordinateCheck';
import { kindOf } from '../../src/model/knobs';
import { type GroupRun, type KindBand, kindBands, type RunGroup } from '../../src/model/runGroup';
import type { RunData } from './runData';
import type { Selection } from './selection';

/** The runs beside the one in view, for the layer in view; undefined until they have arrived. */
export function groupInView(
  { runGroup, group }: RunData,
  { layer, variant }: Selection,
): RunGroup | undefined {
  const isOf = runGroup?.layer === layer.id && runGroup.variant === variant;
  // Runs that were closed since are not shown.
  return isOf && runGroup.runs.every(({ key }) => group.some((each) => each.key === key))
    ? runGroup
    : undefined;
}

/** The check of the layer in view; null if the runs do not differ in width, undefined until it has arrived. */
export function coordinatesInView(
  { coordinates }: RunData,
  { layer, variant }: Selection,
): CoordinateCheck | null | undefined {
  if (coordinates === null || coordinates === undefined) return coordinates;
  return coordinates.layer === layer.id && coordinates.variant === variant ? coordinates : undefined;
}

/** A run with what runs of its kind span. */
export interface RunWithBand {
  readonly run: GroupRun;
  readonly band: KindBand | undefined;
}

export function withBands({ runs }: RunGroup): readonly RunWithBand[] {
  const bands = kindBands(runs);
  return runs.map((run) => ({ run, band: bands.get(kindOf(run.knobs)) }));
}

/** A row of the table of a group: one run at one step. */
export interface RunRow {
  readonly run: GroupRun;
  readonly step: number;
  readonly figures: readonly number[];
}

export function rowsOf({ runs }: RunGroup): readonly RunRow[] {
  return runs.flatMap((run) =>
    [...run.steps].map((step, i) => ({ run, step, figures: run.figures.map((row) => row[i]) })),
  );
}

/** The figure of a run at a step that other charts show; NaN if it has none there. */
export function figureAt({ steps, figures }: GroupRun, step: number): number {
  const at = steps.indexOf(step);
  return at < 0 ? Number.NaN : (figures[figures.length >> 1]?.[at] ?? Number.NaN);
}

/** All figures of a group as text, for a spreadsheet. */
export function groupAsText(group: RunGroup): string {
  const rows = rowsOf(group).map(({ run, step, figures }) => [run.title, step, ...figures]);
  return asText([['run', 'step', ...columnsOf(group)], ...rows]);
}

/** Names of the figures of a group's quantity. */
export function columnsOf({ quantity, runs }: RunGroup): readonly string[] {
  const count = Math.max(1, ...runs.map(({ figures }) => figures.length));
  return count === 1 ? [quantity] : Array.from({ length: count }, (_, i) => `${quantity} ${i + 1}`);
}

/** All figures and slopes of a check as text. */
export function coordinatesAsText({ steps, runs, titles }: CoordinateCheck): string {
  return asText([
    ['step', 'run', 'width', 'size', 'change'],
    ...steps.flatMap(({ step }, i) =>
      runs.map(({ run, width, size, change }) => [step, titles[run], width, size[i], change[i]]),
    ),
    [],
    ['step', 'sizeSlope', 'sizeMargin', 'changeSlope', 'changeMargin'],
    ...steps.map(({ step, size, change }) => [
      ...[step, size?.slope ?? '', size?.margin ?? ''],
      ...[change?.slope ?? '', change?.margin ?? ''],
    ]),
  ]);
}

function asText(lines: readonly (readonly (string | number)[])[]): string {
  return lines.map((cells) => `${cells.join('\t')}\n`).join('');
}
