import { t } from '@vscode/l10n';
import { useMemo, useState } from 'preact/hooks';
import { METHODS, type Reference } from '../../src/model/analysis';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import { ChartCanvas } from '../charts/ChartCanvas';
import { columnAt, type GridCell, shiftGrid } from '../charts/shiftGrid';
import { shiftMapChart } from '../charts/shiftMapChart';
import { shiftColor } from '../charts/shiftMapPainting';
import { figure, methodName } from '../format';
import { PAUSES } from '../scheduling/pacing';
import { usePaced } from '../scheduling/usePaced';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';
import { usePanel } from './context';
import { richText } from './richText';

/** With more columns, people can no longer tell them apart or click them. */
const MAX_COLUMNS = 240;
/** Maximum height of a row, in CSS pixels; in less space, the rows share it. */
const ROW_HEIGHT = 48;

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/** Layers × steps: how far each distribution is from that of the reference step. */
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
    shiftMap.size / PAUSES.cellsPerMillisecond,
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
    <section class="shift-map" aria-label={t('Shift map')}>
      <h2>
        {t('Shift map')}
        <label>
          <select
            aria-label={t('Method of the shift map')}
            value={view.mapMethod}
            onChange={(event) =>
              actions.setView({
                mapMethod: METHODS.find((method) => method === event.currentTarget.value) ?? 'none',
              })
            }
          >
            {METHODS.map((method) => (
              <option key={method} value={method}>
                {methodName(method)}
              </option>
            ))}
          </select>
        </label>
        <span
          class="legend"
          title={t(
            'Shift: Wasserstein-1 distance from the reference step, in standard deviations of the reference. The scale is a square root up to 1 σ and logarithmic above. Gray: the shift is no larger than the batch noise.',
          )}
        >
          <span class="swatch noise" /> {t('≤ noise')}
          <span
            class="ramp"
            style={{
              backgroundImage: `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map((t) => shiftColor(t, theme)).join(', ')})`,
            }}
          />
          {t('0–{0} σ', figure(grid.largest, 3))}
        </span>
      </h2>
      {grid.perColumn > 1 && (
        <p class="muted" data-per-column={grid.perColumn}>
          {t(
            'Each column covers {0} steps and shows their largest shift above noise. The arrow keys move by one step.',
            grid.perColumn,
          )}
        </p>
      )}
      {broken !== undefined && (
        <p>
          <span class="swatch non-finite" />{' '}
          {richText(
            t('First NaN or ±Inf: {0}'),
            <button
              type="button"
              class="link"
              data-first-non-finite
              onClick={() => actions.navigate({ to: 'record', layer: broken.layer, step: broken.step })}
            >
              {t('{0}, step {1}', catalog.layers[broken.layer].name, broken.step)}
            </button>,
          )}
        </p>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a chart that takes keys */}
      <div
        class="map-keys"
        tabIndex={0}
        role="group"
        aria-label={t('Shift map: the arrow keys move through steps and layers')}
        onKeyDown={onKeyDown}
        style={{ maxHeight: `${catalog.layers.length * ROW_HEIGHT + 26}px` }}
      >
        <ChartCanvas
          config={config}
          label={mapLabel(options.reference, catalog, methodName(view.mapMethod))}
          name="shift-map"
        />
      </div>
    </section>
  );
}

function mapLabel(reference: Reference, { layers, steps }: PanelCatalog, method: string): string {
  const [rows, columns] = [layers.length, steps.length];
  if (reference === 'first')
    return t('{0}: shift from the first step (layers: {1}, steps: {2})', method, rows, columns);
  if (reference === 'previous')
    return t('{0}: shift from the previous step (layers: {1}, steps: {2})', method, rows, columns);
  return t('{0}: shift from step {1} (layers: {2}, steps: {3})', method, reference, rows, columns);
}
