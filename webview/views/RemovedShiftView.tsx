import { t } from '@vscode/l10n';
import { useMemo } from 'preact/hooks';
import { NORMALIZING } from '../../src/model/analysis';
import { count, figure, methodName } from '../format';
import { removedShifts } from '../state/removedShift';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { usePanel } from './context';
import { FigureCell, FigureHead } from './FigureTable';
import { useSteps } from './useSteps';

/** Rows of the table, at most. */
const MAX_ROWS = 200;
/** Rows that are written at once; each frame adds as many. */
const FIRST_ROWS = 30;

/** Layers × methods: the share of each layer's shift at the step in view that a method removes. */
export function RemovedShiftView({ data, selection }: { data: RunData; selection: Selection }) {
  const { actions } = usePanel();
  const { catalog, shiftMap } = data;
  const { variant, record, layer: current } = selection;
  const rows = useMemo(
    () => (catalog === undefined ? [] : removedShifts(catalog, shiftMap, variant, record.step)),
    [catalog, shiftMap, variant, record.step],
  );
  const shown = Math.min(MAX_ROWS, rows.length);
  const written = useSteps(shown, FIRST_ROWS);
  if (catalog === undefined) return null;
  return (
    <section class="removed-shift" tabIndex={0} aria-label={t('Share of the shift that each method removes')}>
      <table data-table="removed-shift">
        <caption
          title={t('1 − shift after the method / shift before. Negative: the method makes the shift larger.')}
        >
          {t('Share of the shift that each method removes at step {0}', record.step)}
        </caption>
        <FigureHead
          columns={[
            { key: 'layer', label: t('layer') },
            { key: 'shift', label: t('shift (σ)') },
            ...NORMALIZING.map((method) => ({ key: method, label: methodName(method) })),
          ]}
        />
        <tbody>
          {rows.slice(0, written).map(({ layer, raw, share }) => (
            <tr
              key={layer}
              data-layer={catalog.layers[layer].fullName}
              aria-current={layer === current.id ? 'true' : undefined}
            >
              <th scope="row">
                <button
                  type="button"
                  class="link"
                  title={catalog.layers[layer].fullName}
                  onClick={() => actions.navigate({ to: 'record', layer, step: record.step })}
                >
                  {catalog.layers[layer].name}
                </button>
              </th>
              <FigureCell value={raw}>{figure(raw, 3)}</FigureCell>
              {NORMALIZING.map((method) => (
                <FigureCell key={method} data-method={method} value={share[method]}>
                  {shareText(share[method])}
                </FigureCell>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown && (
        <p class="muted">{t('The first {0} of {1} layers.', shown, count(rows.length))}</p>
      )}
      {rows.length === 0 && <p>{t('No layer has a shift above its noise at this step.')}</p>}
    </section>
  );
}

/** A share in percent, without more digits than people compare. */
export function shareText(share: number | undefined): string {
  if (share === undefined || Number.isNaN(share)) return '–';
  const rounded = Math.round(100 * share);
  return t('{0} %', figure(rounded === 0 ? 0 : rounded));
}
