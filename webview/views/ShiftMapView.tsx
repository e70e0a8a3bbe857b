import { useMemo, useState } from 'preact/hooks';
import { METHODS } from '../../src/model/analysis';
import { ChartCanvas } from '../charts/ChartCanvas';
import { columnAt, type GridCell, shiftGrid } from '../charts/shiftGrid';
import { shiftMapChart } from '../charts/shiftMapChart';
import { shiftColor } from '../charts/shiftMapPainting';
import { figure, METHOD_NAMES } from '../format';
import { usePaced } from '../scheduling/usePaced';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';
import { usePanel } from './context';

/** Columns that can still be told apart and clicked. */
const MAX_COLUMNS = 240;
/** Of so many cells it takes a thousandth part of the time to draw them again, about. */
const CELLS_A_MILLISECOND = 60;
/** Maximum height of a row, in CSS pixels; in less space, the rows share it. */
const ROW_HEIGHT = 48;

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/** Layers × steps: where the distribution is, compared with the reference step. */
export function ShiftMapView({ data, view, selection }: Props) {
  const { actions, theme } = usePanel();
  const { catalog, shiftMap, options } = data;
  const { variant, record } = selection;
  const method = view.mapMethod;
  const [cells] = useState<GridCell[]>(() => []);
  // A new snapshot has options of its own.
  const grid = usePaced(
    () => catalog && shiftGrid(catalog, shiftMap, variant, method, MAX_COLUMNS, cells),
    [options, variant, method, catalog?.layers.length],
    [catalog, shiftMap],
    shiftMap.size / CELLS_A_MILLISECOND,
  );
  const [x, y] = [grid === undefined ? -1 : columnAt(grid, record.step), record.layer];
  const config = useMemo(
    () =>
      grid === undefined || catalog === undefined
        ? undefined
        : () =>
            shiftMapChart(grid, {
              catalog,
              theme,
              selected: { x, y },
              onRecord: (id) => {
                const { layer, step } = catalog.records[id];
                actions.navigate({ to: 'record', layer, step });
              },
            }),
    [grid, theme, x, y],
  );
  if (catalog === undefined || grid === undefined || config === undefined) return null;
  const broken = grid.firstNonFinite;
  const onKeyDown = (event: KeyboardEvent) => {
    const to = (
      {
        ArrowLeft: 'previousStep',
        ArrowRight: 'nextStep',
        ArrowUp: 'previousLayer',
        ArrowDown: 'nextLayer',
      } as const
    )[event.key];
    if (to === undefined || event.altKey) return;
    actions.navigate({ to });
    event.preventDefault();
  };
  return (
    <section class="shift-map" aria-label="Shift map">
      <h2>
        Shift map
        <label>
          of{' '}
          <select
            aria-label="Method of the shift map"
            value={view.mapMethod}
            onChange={(event) =>
              actions.setView({
                mapMethod: METHODS.find((method) => method === event.currentTarget.value) ?? 'none',
              })
            }
          >
            {METHODS.map((method) => (
              <option key={method} value={method}>
                {METHOD_NAMES[method]}
              </option>
            ))}
          </select>
        </label>
        <span
          class="legend"
          title="Wasserstein-1 distance from the reference step, in standard deviations of the reference"
        >
          <span class="swatch noise" /> within noise
          <span
            class="ramp"
            style={{
              backgroundImage: `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map((t) => shiftColor(t, theme)).join(', ')})`,
            }}
          />
          W1/σ up to {figure(grid.largest, 3)}
        </span>
      </h2>
      {grid.perColumn > 1 && (
        <p class="muted" data-per-column={grid.perColumn}>
          Each column covers {grid.perColumn} steps and shows their largest shift above noise. Arrow keys move
          one step.
        </p>
      )}
      {broken !== undefined && (
        <p>
          <span class="swatch non-finite" /> NaN or ±Inf, first in{' '}
          <button
            type="button"
            class="link"
            data-first-non-finite
            onClick={() => actions.navigate({ to: 'record', layer: broken.layer, step: broken.step })}
          >
            {catalog.layers[broken.layer].name} at step {broken.step}
          </button>
        </p>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a chart that takes keys */}
      <div
        class="map-keys"
        tabIndex={0}
        role="group"
        aria-label="Shift map: arrow keys move through steps and layers"
        onKeyDown={onKeyDown}
        style={{ maxHeight: `${catalog.layers.length * ROW_HEIGHT + 26}px` }}
      >
        <ChartCanvas
          config={config}
          label={`Shift from the ${typeof options.reference === 'number' ? `step ${options.reference}` : `${options.reference} step`} for ${catalog.layers.length} layers at ${catalog.steps.length} steps, ${METHOD_NAMES[view.mapMethod]}`}
          name="shift-map"
        />
      </div>
    </section>
  );
}
