import { t } from '@vscode/l10n';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { paintDepthAxis, paintStepAxis } from '../charts/axisPainting';
import { paintDepth } from '../charts/depthPainting';
import type { DepthProfile } from '../charts/depthProfile';
import { type MapGrid, worstAt } from '../charts/mapGrid';
import { lookOf } from '../charts/mapLook';
import { paintCells } from '../charts/mapPainting';
import type { MapRow } from '../charts/mapRows';
import type { ShownQuantity } from '../charts/mapSource';
import { type Paint, PaintedCanvas } from '../charts/PaintedCanvas';
import { BrushedColumns } from './BrushedColumns';
import { usePanel } from './context';
import { MapRows, rowId } from './MapRows';
import { type Brushed, useBrush } from './useBrush';

/** Maximum height of a row, in CSS pixels; with more space, the map is not higher than its rows. */
export const ROW_HEIGHT = 120;
/** Minimum height of a row, in font sizes; with less space, the rows scroll. */
const MIN_ROW = 1.3;

interface Props {
  readonly rows: readonly MapRow[];
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
  /** All steps are to be shown again. */
  readonly onShowAll: () => void;
}

/** The rows, the map and the depth chart beside one another. They scroll together; only what is in view is drawn. */
export function MapSurface(props: Props) {
  const { rows, active, selectedRow, column, grid, profile, shown, label } = props;
  const { theme } = usePanel();
  const scroller = useRef<HTMLDivElement>(null);
  const tree = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState(0);
  const { height, fontSize } = useHeight(scroller);
  const rowHeight = Math.min(ROW_HEIGHT, Math.max(MIN_ROW * fontSize, height / Math.max(1, rows.length)));
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
  const paintSteps = useCallback<Paint>(
    (context, width, _tall, of) => paintStepAxis(context, grid, of, width),
    [grid],
  );
  const paintValues = useCallback<Paint>(
    (context, width, _tall, of) => paintDepthAxis(context, profile, shown.scale, of, width),
    [profile, shown.scale],
  );
  const placeOf = ({ currentTarget, clientX, clientY }: MouseEvent & { currentTarget: HTMLElement }) => {
    const box = currentTarget.getBoundingClientRect();
    const row = rows[Math.floor((clientY - box.top + top) / rowHeight)];
    const at = Math.floor(((clientX - box.left) / box.width) * grid.columns.length);
    return { row, column: Math.min(grid.columns.length - 1, Math.max(0, at)) };
  };
  const brush = useBrush(grid.columns.length, props.onBrush);
  const cellOf = (row: MapRow, x: number) => worstAt(grid, row.layers, x);
  // After a click, keys move on from there.
  const takeFocus = () => tree.current?.focus({ preventScroll: true });
  // Scrolls the active row into view.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || active < 0) return;
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
            >
              <MapRows {...props} rowHeight={rowHeight} scrolled={top} height={height} active={active} />
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

/** The height of an element and the font size in it, in pixels. */
function useHeight(of: { current: HTMLElement | null }): { height: number; fontSize: number } {
  const [size, setSize] = useState({ height: 0, fontSize: 13 });
  useEffect(() => {
    const element = of.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() =>
      setSize({
        height: element.clientHeight,
        fontSize: Number.parseFloat(getComputedStyle(element).fontSize) || 13,
      }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return size;
}
