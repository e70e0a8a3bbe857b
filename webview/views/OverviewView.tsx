import { t } from '@vscode/l10n';
import { useMemo, useState } from 'preact/hooks';
import { METHODS } from '../../src/model/analysis';
import { moduleTree } from '../../src/model/layerNames';
import { isOtherRun, type Reference } from '../../src/model/reference';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import { depthProfile } from '../charts/depthProfile';
import { columnAt, mapGrid } from '../charts/mapGrid';
import { type MapRow, rowOfLayer } from '../charts/mapRows';
import { type ShownQuantity, shownName, shownQuantity } from '../charts/mapSource';
import { cellSentence, layerSentence } from '../charts/readout';
import { MAX_ROW, rowHeightAt, rowZoomFor } from '../charts/rowHeight';
import { pannedRange, stepsWithin, zoomedRange } from '../charts/stepRange';
import { figure, methodName } from '../format';
import { PAUSES } from '../scheduling/pacing';
import { usePaced } from '../scheduling/usePaced';
import { comparedWith } from '../state/referenceWords';
import type { RunData } from '../state/runData';
import { shownScalars } from '../state/scalars';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';
import { usePanel } from './context';
import { Icon, IconButton } from './Icon';
import { MapControls } from './MapControls';
import { MapLegend } from './MapLegend';
import { DepthHeading, Readout } from './MapReadout';
import { MapSurface } from './MapSurface';
import { mapKeys } from './mapKeys';
import { ScalarStrip } from './ScalarStrip';
import type { Brushed } from './useBrush';
import { useMapRows } from './useMapRows';
import { useRowHeight } from './useRowHeight';

/** With more columns, people can no longer tell them apart or click them. */
const MAX_COLUMNS = 240;
/** Height of the axes below the rows, in pixels. */
const AXIS_HEIGHT = 18;

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/** Where and when: a quantity over layers and steps, and beside it along the depth at the step in view. */
export function OverviewView({ data, view, selection }: Props) {
  const { catalog } = data;
  return catalog === undefined ? null : (
    <Overview data={data} catalog={catalog} view={view} selection={selection} />
  );
}

function Overview({ data, catalog, view, selection }: Props & { readonly catalog: PanelCatalog }) {
  const { actions } = usePanel();
  const { options, shiftMap, quantity, other } = data;
  const { variant, record } = selection;
  const [filter, setFilter] = useState('');
  const tree = useMemo(() => moduleTree(catalog.layers), [catalog.layers]);
  const chosen = [
    options,
    variant,
    view.mapQuantity,
    view.mapMethod,
    view.mapCompared,
    view.mapSteps,
    quantity.quantity,
    catalog.layers.length,
  ];
  const pause = shiftMap.size / PAUSES.cellsPerMillisecond;
  // A new snapshot has options of its own.
  const { shown, grid } = usePaced(
    () => {
      const of = shownQuantity(data, view);
      const run = { ...catalog, steps: stepsWithin(catalog.steps, view.mapSteps) };
      return { shown: of, grid: mapGrid(run, of, variant, MAX_COLUMNS) };
    },
    chosen,
    [catalog, shiftMap, quantity, other],
    pause,
  );
  const profile = usePaced(
    () =>
      depthProfile(
        catalog,
        shownQuantity(data, view),
        tree,
        variant,
        record.step,
        options.reference,
        other?.join,
      ),
    [...chosen, record.step, tree],
    [catalog, shiftMap, quantity, other],
    pause,
  );
  const rows = useMapRows({ data, catalog, view, variant, step: record.step, tree, shown, profile, filter });
  const measured = useRowHeight(rows.length, view.mapRowZoom);
  const { space, rowHeight } = measured;
  /** The row that keys move from, if it is not that of the layer in view. */
  const [cursor, setCursor] = useState<string>();
  const [pointed, setPointed] = useState<{ row: MapRow; column: number | undefined }>();
  const keyed = rows.findIndex(({ key }) => key === cursor);
  const selectedRow = rowOfLayer(rows, record.layer);
  const active = keyed < 0 ? selectedRow : keyed;
  const { mapSteps } = view;
  const isRowZoomed = rowHeight !== rowHeightAt(space, 1);
  const isInRange = mapSteps === undefined || (record.step >= mapSteps.min && record.step <= mapSteps.max);
  const column = isInRange ? columnAt(grid, record.step) : -1;
  const [pointedStrip, setPointedStrip] = useState<number>();
  const pointedColumn = pointedStrip ?? pointed?.column;
  const isElsewhere = pointedColumn !== undefined && pointedColumn !== column;

  const goTo = (row: MapRow, at: number | undefined) => {
    // A cell of several layers leads to the one that it shows.
    const [place] = at === undefined ? [] : [grid.records[at]].filter((id) => id >= 0);
    const to = place === undefined ? { layer: row.layers[0] } : catalog.records[place];
    setCursor(row.isPinned ? row.key : undefined);
    actions.navigate({ to: 'record', layer: to.layer, ...('step' in to ? { step: to.step } : {}) });
  };
  const setSteps = (range: ViewState['mapSteps']) => {
    // Other columns are below the pointer now.
    setPointed(undefined);
    setPointedStrip(undefined);
    actions.setView({ mapSteps: range });
  };
  const setRowHeight = (height: number) => {
    setPointed(undefined);
    actions.setView({ mapRowZoom: rowZoomFor(space, height) });
  };
  const showAll = () => {
    setSteps(undefined);
    actions.setView({ mapRowZoom: 1 });
  };
  const brushing = {
    onBrush: ([from, to]: Brushed) => {
      const [first, last] = [grid.columns[from], grid.columns[to]];
      // The columns may have changed while they were dragged over.
      if (first !== undefined && last !== undefined) setSteps({ min: first.first, max: last.last });
    },
    onShowAll: showAll,
  };
  const onKeyDown = mapKeys({
    rows,
    active,
    grid,
    column,
    goTo,
    moveTo: (row) => {
      if (row.module === undefined) goTo(row, undefined);
      else setCursor(row.key);
    },
    fold: (path, isOpen) => actions.foldModule(path, isOpen),
    togglePin: (layer) => actions.togglePin(catalog.layers[layer].fullName),
    zoom: (factor) => setSteps(zoomedRange(catalog.steps, mapSteps, record.step, factor)),
    pan: (part) => setSteps(pannedRange(catalog.steps, mapSteps, part)),
    zoomRows: (factor) => setRowHeight(rowHeight * factor),
    showAll,
    inspect: () => document.querySelector<HTMLElement>('[data-inspector]')?.focus(),
    navigate: actions.navigate,
  });
  // Its menus have dozens of texts, which results do not change.
  const controls = useMemo(
    () => (
      <MapControls
        layers={catalog.layers}
        view={view}
        selection={selection}
        filter={filter}
        onFilter={setFilter}
      />
    ),
    [catalog.layers, view, record.layer, selection.other?.name, filter],
  );
  const fromOf = other && ((record: number) => comparedWith(data, catalog.records[record]));
  const sentence = cellSentence({ catalog, grid, shown, selection, pointed, fromOf });
  return (
    <section class="overview" aria-label={t('Map and depth')} data-overview={view.overview}>
      <div class="overview-controls">
        {controls}
        {catalog.scalars !== undefined && catalog.scalars.names.length > 0 && (
          <IconButton
            icon="graph-line"
            label={t('Choose the scalars above the map…')}
            onClick={() => actions.chooseScalars(shownScalars(catalog, view))}
          />
        )}
        <MapLegend grid={grid} shown={shown} />
      </div>
      <div class="overview-heads">
        <Readout
          sentence={sentence}
          firstNonFinite={grid.firstNonFinite}
          catalog={catalog}
          perColumn={grid.perColumn}
        />
        <DepthHeading
          catalog={catalog}
          profile={profile}
          step={record.step}
          shown={shown}
          thinLines={thinLinesWords(other?.title)}
        />
      </div>
      <ScalarStrip
        names={shownScalars(catalog, view)}
        curves={data.scalars}
        grid={grid}
        column={column}
        step={isElsewhere ? (grid.columns[pointedColumn]?.last ?? record.step) : record.step}
        onPoint={setPointedStrip}
        {...brushing}
        isZoomed={mapSteps !== undefined}
        onStep={(step) => actions.navigate({ to: 'record', layer: record.layer, step })}
      />
      <div class="map-keys" style={{ maxHeight: `${Math.max(1, rows.length) * MAX_ROW + AXIS_HEIGHT}px` }}>
        <MapSurface
          rows={rows}
          measured={measured}
          active={active}
          selectedRow={selectedRow}
          column={column}
          grid={grid}
          profile={profile}
          shown={shown}
          label={mapLabel(shown, options.reference, catalog, other?.title)}
          onKeyDown={onKeyDown}
          titleOf={({ layers, module }) => module?.path ?? catalog.layers[layers[0]].fullName}
          labelOf={(row) => layerSentence(catalog, profile, shown, row)}
          onChoose={(row) => {
            if (row.module === undefined) goTo(row, undefined);
            else {
              setCursor(row.key);
              actions.foldModule(row.module.path, !row.module.isOpen);
            }
          }}
          onPoint={setPointed}
          onCell={goTo}
          onRowHeight={setRowHeight}
          {...brushing}
        />
        {(mapSteps !== undefined || isRowZoomed) && (
          <button type="button" class="undo-zoom" title={t('Undo the zoom (0)')} onClick={showAll}>
            {mapSteps === undefined
              ? t('Rows × {0}', figure(view.mapRowZoom, 2))
              : t('Steps {0}–{1}', grid.columns[0]?.first ?? 0, grid.columns.at(-1)?.last ?? 0)}
            <Icon name="close" />
          </button>
        )}
        {rows.length === 0 && <p class="muted no-rows">{t('No layer meets the filter.')}</p>}
      </div>
    </section>
  );
}

function mapLabel(
  shown: ShownQuantity,
  reference: Reference,
  { layers, steps }: PanelCatalog,
  other: string | undefined,
): string {
  const { id, method } = shown;
  const [rows, columns] = [layers.length, steps.length];
  if (id !== 'shift') return t('Map: {0} (layers: {1}, steps: {2})', shownName(shown), rows, columns);
  const name = methodName(METHODS[method]);
  if (reference === 'first')
    return t('{0}: shift from the first step (layers: {1}, steps: {2})', name, rows, columns);
  if (reference === 'previous')
    return t('{0}: shift from the previous step (layers: {1}, steps: {2})', name, rows, columns);
  if (isOtherRun(reference))
    return t('{0}: distance from {1} (layers: {2}, steps: {3})', name, other ?? '', rows, columns);
  return t('{0}: shift from step {1} (layers: {2}, steps: {3})', name, reference, rows, columns);
}

/** What the thin lines of the depth chart are. */
function thinLinesWords(other: string | undefined): string {
  return other === undefined ? t('Thin lines: the reference step.') : t('Thin lines: {0}.', other);
}
