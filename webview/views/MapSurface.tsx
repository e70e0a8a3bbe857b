import { t } from '@vscode/l10n';
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { paintDepthAxis, paintStepAxis } from '../charts/axisPainting';
import { paintDepth } from '../charts/depthPainting';
import type { DepthProfile } from '../charts/depthProfile';
import { type MapGrid, worstAt } from '../charts/mapGrid';
import { lookOf } from '../charts/mapLook';
import { paintCells } from '../charts/mapPainting';
import type { MapRow } from '../charts/mapRows';
import type { ShownQuantity } from '../charts/mapSource';
import { type Paint, PaintedCanvas } from '../charts/PaintedCanvas';
import { nameHeight, rowHeightAt, rowsPerName, rowZoomFor } from '../charts/rowHeight';
import { BrushedColumns, BrushedRows } from './BrushedRange';
import { usePanel } from './context';
import { MapRows, rowId } from './MapRows';
import { type Brushed, columnOf, useBrush, useDrag } from './useBrush';
import type { MeasuredRows } from './useRowHeight';

interface Props {
  readonly rows: readonly MapRow[];
  readonly measured: MeasuredRows;
  readonly active: number;
  /** The row of the layer in view, and the column of its step; -1 if there is none. */
  readonly selectedRow: number;
  readonly column: number;
  readonly grid: MapGrid;
  readonly profile: DepthProfile;
  readonly shown: ShownQuantity;
  readonly label: string;
  /** Keys in the tree of rows. */
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly titleOf: (row: MapRow) => string;
  readonly labelOf: (row: MapRow) => string;
  readonly onChoose: (row: MapRow) => void;
  /** The pointer is on a row, and on a column if it is on the map. */
  readonly onPoint: (at: { row: MapRow; column: number | undefined } | undefined) => void;
  /** A click on a row of the map or the depth chart; `at`: the place in the grid of the cell. */
  readonly onCell: (row: MapRow, at: number | undefined) => void;
  /** Columns of the map that were dragged over. */
  readonly onBrush: (range: Brushed) => void;
  readonly onRowHeight: (height: number) => void;
  /** All steps are to be shown again, and rows of the usual height. */
  readonly onShowAll: () => void;
}

/** The rows, the map and the depth chart beside one another. They scroll together; only what is in view is drawn. */
export function MapSurface(props: Props) {
  const { rows, active, selectedRow, column, grid, profile, shown, label } = props;
  const { scroller, space, rowHeight } = props.measured;
  const { height } = space;
  const { theme } = usePanel();
  const tree = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState(0);
  const top = Math.min(scrolled, Math.max(0, rows.length * rowHeight - height));
  const layout = useMemo(() => ({ rows, rowHeight, scrolled: top }), [rows, rowHeight, top]);
  const paintMap = useCallback<Paint>(
    (context, width, tall, of) =>
      paintCells(
        context,
        { ...layout, ...lookOf(of), grid, selected: { column, row: selectedRow } },
        width,
        tall,
      ),
    [layout, grid, column, selectedRow],
  );
  const paintBars = useCallback<Paint>(
    (context, width, tall, of) => paintDepth(context, { ...layout, ...lookOf(of), profile }, width, tall),
    [layout, profile],
  );
  // Another grid seldom has other columns.
  const columns = grid.columns.map(({ first, last }) => `${first} ${last}`).join();
  const paintSteps = useCallback<Paint>(
    (context, width, _tall, of) => paintStepAxis(context, grid, of, width),
    [columns],
  );
  const paintValues = useCallback<Paint>(
    (context, width, _tall, of) => paintDepthAxis(context, profile, shown.scale, of, width),
    [profile, shown.scale],
  );
  const rowAt = ({ currentTarget, clientY }: MouseEvent & { readonly currentTarget: HTMLElement }) =>
    Math.floor((clientY - currentTarget.getBoundingClientRect().top + top) / rowHeight);
  const placeOf = (event: MouseEvent & { readonly currentTarget: HTMLElement }) => ({
    row: rows[rowAt(event)],
    column: columnOf(event, grid.columns.length),
  });
  const brush = useBrush(grid.columns.length, props.onBrush);
  /** The row that is to be the first in view once rows have another height. */
  const first = useRef<number | undefined>(undefined);
  const rowBrush = useDrag(
    'clientY',
    (event) => Math.min(rows.length - 1, Math.max(0, rowAt(event))),
    ([from, to]) => {
      const tall = rowHeightAt(space, rowZoomFor(space, height / (to - from + 1)));
      first.current = from;
      props.onRowHeight(tall);
      if (tall === rowHeight) showFirst();
    },
  );
  const cellOf = (row: MapRow, x: number) => worstAt(grid, row.layers, x);
  // After a click, keys move on from there.
  const takeFocus = () => tree.current?.focus({ preventScroll: true });
  const showFirst = () => {
    const [{ current: element }, { current: row }] = [scroller, first];
    first.current = undefined;
    if (element === null || row === undefined) return false;
    element.scrollTop = row * rowHeight;
    return true;
  };
  // When rows have another height, the active row stays where it is. When it or the rows change, it comes into view.
  const before = useRef(rowHeight);
  useLayoutEffect(() => {
    const element = scroller.current;
    const grown = rowHeight - before.current;
    before.current = rowHeight;
    if (showFirst() || element === null || active < 0) return;
    element.scrollTop += active * grown;
    const [from, to] = [active * rowHeight, (active + 1) * rowHeight];
    if (from < element.scrollTop) element.scrollTop = from;
    else if (to > element.scrollTop + element.clientHeight) element.scrollTop = to - element.clientHeight;
  }, [active, rowHeight, rows.length]);
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: what is pointed at is only shown */}
      <div
        ref={scroller}
        class="map-scroll"
        onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
        onMouseLeave={() => props.onPoint(undefined)}
      >
        <div style={{ height: `${rows.length * rowHeight}px` }}>
          <div class="map-view" style={{ height: `${height}px` }}>
            <div
              ref={tree}
              class="map-rows"
              tabIndex={0}
              role="tree"
              aria-label={t('Layers: arrow keys move through layers and steps, Enter goes to the charts')}
              aria-activedescendant={active < 0 ? undefined : rowId(active)}
              onKeyDown={props.onKeyDown}
              {...rowBrush.handlers}
              onDblClick={props.onShowAll}
            >
              <MapRows
                {...props}
                rowHeight={rowHeight}
                perName={rowsPerName(space, rowHeight)}
                nameHeight={nameHeight(space)}
                scrolled={top}
                height={height}
                onChoose={(row) => {
                  if (!rowBrush.wasDragged()) props.onChoose(row);
                }}
              />
              <BrushedRows brushed={rowBrush.brushed} rowHeight={rowHeight} scrolled={top} />
            </div>
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the tree */}
            {/* biome-ignore lint/a11y/noStaticElementInteractions: a chart, whose canvas has the label */}
            <div
              class="map-cells"
              {...brush.handlers}
              onDblClick={props.onShowAll}
              onMouseMove={(event) => {
                const { row, column: x } = placeOf(event);
                props.onPoint(row && { row, column: x });
              }}
              onClick={(event) => {
                takeFocus();
                const { row, column: x } = placeOf(event);
                if (row === undefined || brush.wasDragged()) return;
                if (row.module?.isOpen) props.onChoose(row);
                else props.onCell(row, cellOf(row, x));
              }}
            >
              <PaintedCanvas paint={paintMap} theme={theme} isImage label={label} name="shift-map" />
              <BrushedColumns brushed={brush.brushed} columns={grid.columns.length} />
            </div>
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the tree */}
            {/* biome-ignore lint/a11y/noStaticElementInteractions: a chart, whose rows have its figures */}
            <div
              class="map-depth"
              onMouseMove={(event) => {
                const { row } = placeOf(event);
                props.onPoint(row && { row, column: undefined });
              }}
              onClick={(event) => {
                takeFocus();
                const { row } = placeOf(event);
                if (row === undefined) return;
                if (row.module === undefined) props.onCell(row, undefined);
                else if (row.module.isOpen || column < 0) props.onChoose(row);
                else props.onCell(row, cellOf(row, column));
              }}
            >
              <PaintedCanvas paint={paintBars} theme={theme} name="depth" />
            </div>
          </div>
        </div>
      </div>
      <div class="map-axes" aria-hidden="true">
        <div class="map-rows" />
        <div class="map-cells">
          <PaintedCanvas paint={paintSteps} theme={theme} name="map-steps" />
        </div>
        <div class="map-depth">
          <PaintedCanvas paint={paintValues} theme={theme} name="depth-values" />
        </div>
      </div>
    </>
  );
}
