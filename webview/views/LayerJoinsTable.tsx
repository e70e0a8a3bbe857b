import { t } from '@vscode/l10n';
import { useMemo, useState } from 'preact/hooks';
import type { RecordPlace } from '../../src/model/catalog';
import type { OtherRun } from '../../src/model/reference';
import type { RunJoin } from '../../src/model/runJoin';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import { layerJoins } from '../state/layerJoins';
import { usePanel } from './context';
import { FigureHead } from './FigureTable';
import { Pages } from './Pages';

interface Props {
  readonly catalog: PanelCatalog;
  readonly join: RunJoin<RecordPlace>;
  readonly reference: OtherRun;
  /** The other run. */
  readonly name: string;
}

/** Rows of a page; more take longer than a frame. */
const PAGE = 60;

/** Which layer of the other run belongs to which, and how that was found; a person can choose otherwise. */
export function LayerJoinsTable({ catalog, join, reference, name }: Props) {
  const { actions } = usePanel();
  const [chosen, setPage] = useState(0);
  const rows = useMemo(() => layerJoins(catalog, join, reference.layers), [catalog, join, reference]);
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const page = Math.min(chosen, pages - 1);
  const left = join.unmatched.map((id) => join.other.layers[id].name);
  return (
    <>
      <table data-table="layer-joins" data-rows={rows.length}>
        <caption>
          {t('Layers of {0} that belong to those of this run', name)}
          <Pages page={page} size={PAGE} rows={rows.length} onPage={setPage} />
        </caption>
        <FigureHead
          columns={[
            { key: 'layer', label: t('layer') },
            { key: 'other', label: t('layer of {0}', name) },
            { key: 'how', label: t('joined by') },
          ]}
        />
        <tbody>
          {rows.slice(page * PAGE, (page + 1) * PAGE).map(({ layer, other, words }) => (
            <tr key={layer.id} data-layer={layer.fullName} data-other={other?.fullName ?? ''}>
              <th scope="row">{layer.name}</th>
              <td>
                <button
                  type="button"
                  class="link"
                  title={t('Choose the layer that belongs to {0}', layer.name)}
                  aria-label={
                    other === undefined
                      ? t('{0}: none. Choose a layer', layer.name)
                      : t('{0}: {1}. Choose another layer', layer.name, other.name)
                  }
                  data-choose-partner
                  onClick={() => actions.chooseOption('partner', layer.id)}
                >
                  {other?.name ?? t('none')}
                </button>
              </td>
              <td class="muted">{words}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {left.length > 0 && (
        <p class="muted" data-unmatched={left.length}>
          {t('Only in {0}: {1}', name, left.join(', '))}
        </p>
      )}
    </>
  );
}
