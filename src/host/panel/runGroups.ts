import { t } from '@vscode/l10n';
import { METHODS } from '../../model/analysis';
import type { RunCatalog } from '../../model/catalog';
import { type CoordinateCheck, layerCoordinates, planLayer, widthsOf } from '../../model/coordinateCheck';
import type { QuantityColumn } from '../../model/quantityTable';
import { isOtherRun } from '../../model/reference';
import { type GroupMember, type GroupSource, runGroup } from '../../model/runGroup';
import { runKey } from '../../model/runKey';
import { spacedIndices } from '../../model/spacedIndices';
import type { Focus } from '../../protocol/panelApi';
import { recordsDone } from '../session/results';
import type { Session } from '../session/session';

/** Open runs from which on a panel shows them beside each other though it compares its run with none. */
const MANY = 3;
/** Steps of a check of coordinates, at most: every one is read whole, in every run. */
const MAX_STEPS = 6;
const RAW = METHODS.indexOf('none');

/**
 * The runs that a run is shown beside, itself first: its reference and those of the reference's kind if there are several,
 * else all that are open if these are three or more. Empty if there are too few.
 */
export function groupOf(session: Session, sessions: readonly Session[]): readonly Session[] {
  const { reference } = session.options;
  if (isOtherRun(reference) && (reference.group?.length ?? 0) > 0) {
    const keys = [reference.roots, ...(reference.group ?? [])].map(runKey);
    const others = keys.flatMap((key) => sessions.find((each) => each.key === key) ?? []);
    return [session, ...new Set(others.filter((each) => each !== session))];
  }
  if (sessions.length < MANY) return [];
  return [session, ...sessions.filter((each) => each !== session)];
}

/** What a panel receives about its group. */
export function membersOf(group: readonly Session[]): readonly GroupMember[] {
  return group.map(({ key, title, state, results }) => ({ key, title, state, done: recordsDone(results) }));
}

/** One layer and quantity over the runs of a group. */
export function groupFigures(
  group: readonly Session[],
  focus: Focus,
  quantity: QuantityColumn['quantity'],
): ReturnType<typeof runGroup> {
  return runGroup(group.map(sourceOf), focus, quantity);
}

function sourceOf({ key, title, catalog, state, results }: Session): GroupSource {
  return {
    key,
    title,
    catalog,
    state,
    figuresOf: (quantity, records) => {
      const { cells, quantities } = results;
      if (quantity !== 'shift') return quantities.column(quantity, records);
      const known = records.filter((record) => !Number.isNaN(cells.w1Of(record, RAW)));
      return {
        quantity,
        record: Int32Array.from(known),
        value: Float64Array.from(known, (record) => cells.w1Of(record, RAW)),
      };
    },
  };
}

/** The check of coordinates of one layer of a group's first run; undefined if the runs do not differ in width. */
export async function checkCoordinates(
  group: readonly Session[],
  { layer, variant }: Focus,
  signal: AbortSignal,
): Promise<CoordinateCheck | undefined> {
  const listed = group.flatMap((session) => {
    const { catalog } = session;
    return catalog === undefined ? [] : [{ session, catalog }];
  });
  const catalogs = listed.map(({ catalog }): RunCatalog => catalog);
  const found = widthsOf(catalogs);
  if (found === undefined) return undefined;
  const { runs } = groupFigures(group, { layer, variant }, 'rms');
  const titleOf = new Map(runs.map(({ key, title }) => [key, title]));
  const place = {
    layer,
    variant,
    from: found.from,
    titles: listed.map(({ session }) => titleOf.get(session.key) ?? session.title),
  };
  const plan = planLayer(catalogs, layer, variant, (steps) =>
    spacedIndices(steps.length, MAX_STEPS, steps.length - 1).map((i) => steps[i]),
  );
  if (plan === undefined) {
    const reasons = [t('Fewer than two of the runs have this layer at the same steps.')];
    return { ...place, steps: [], runs: [], reasons };
  }
  const read = await Promise.all(
    plan.runs.map(({ run, first, records }) => {
      const { session } = listed[run];
      const { key, options } = session;
      const ids = records.map(({ id }) => id);
      return session.callKernel(
        'coordinates',
        { run: key, options, first: first.id, records: ids },
        { signal },
      );
    }),
  );
  return { ...place, ...layerCoordinates(plan, found.widths, read) };
}
