import { t } from '@vscode/l10n';
import { useMemo } from 'preact/hooks';
import { figure, methodName } from '../format';
import { REMOVING, removedShifts } from '../state/removedShift';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { usePanel } from './context';

/** Rows of the table, at most. */
const MAX_ROWS = 200;

/** Layers × methods: the share of each layer's shift at the step in view that a method removes. */
export function RemovedShiftView({ data, selection }: { data: RunData; selection: Selection }) {
  const { actions } = usePanel();
  const { catalog, shiftMap } = data;
  const { variant, record, layer: current } = selection;
  const rows = useMemo(
    () => (catalog === undefined ? [] : removedShifts(catalog, shiftMap, variant, record.step)),
    [catalog, shiftMap, variant, record.step],
  );
  if (catalog === undefined) return null;
  return (
    <section class="removed-shift" tabIndex={0} aria-label={t('Share of the shift that each method removes')}>
      <table data-table="removed-shift">
        <caption
          title={t('1 − shift after the method / shift before. Negative: the method makes the shift larger.')}
        >
          {t('Share of the shift that each method removes at step {0}', record.step)}
        </caption>
        <thead>
          <tr>
            <th scope="col">{t('layer')}</th>
            <th scope="col">{t('shift (σ)')}</th>
            {REMOVING.map((method) => (
              <th key={method} scope="col">
                {methodName(method)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MAX_ROWS).map(({ layer, raw, share }) => (
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
              <td>{figure(raw, 3)}</td>
              {REMOVING.map((method) => (
                <td key={method} data-method={method} data-value={String(share[method] ?? Number.NaN)}>
                  {shareText(share[method])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p>{t('No layer has a shift above its noise at this step.')}</p>}
    </section>
  );
}

/** A share in percent, without more digits than people compare. */
function shareText(share: number | undefined): string {
  if (share === undefined) return '–';
  const rounded = Math.round(100 * share);
  return t('{0} %', figure(rounded === 0 ? 0 : rounded));
}
