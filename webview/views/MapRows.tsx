import { t } from '@vscode/l10n';
import { useMemo } from 'preact/hooks';
import { rowsInView } from '../charts/mapPainting';
import { type MapRow, siblingsOf } from '../charts/mapRows';
import { Icon } from './Icon';

interface Props {
  readonly rows: readonly MapRow[];
  readonly rowHeight: number;
  /** One of how many rows has its name, and how high a name is. */
  readonly perName: number;
  readonly nameHeight: number;
  readonly scrolled: number;
  readonly height: number;
  /** The row that keys move from. */
  readonly active: number;
  readonly titleOf: (row: MapRow) => string;
  /** What a screen reader says about a row. */
  readonly labelOf: (row: MapRow) => string;
  readonly onChoose: (row: MapRow) => void;
}

export const rowId = (at: number) => `map-row-${at}`;

/** The names of layers and modules beside the map: only the rows in view. */
export function MapRows(props: Props) {
  const { rows, rowHeight, perName, nameHeight, scrolled, height, active, titleOf, labelOf, onChoose } =
    props;
  /** Between names, and around that of the active row, there is room for no other. */
  const hasName = (at: number) =>
    at === active || (at % perName === 0 && (active < 0 || Math.abs(at - active) >= perName));
  const siblings = useMemo(() => siblingsOf(rows), [rows]);
  const hasModules = rows.some(({ module }) => module !== undefined);
  return (
    <>
      {rowsInView({ rows, rowHeight, scrolled }, height).map(({ row, at, top }) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the tree
        <div
          key={row.key}
          id={rowId(at)}
          role="treeitem"
          class={perName > 1 ? 'map-row low' : 'map-row'}
          title={titleOf(row)}
          aria-label={labelOf(row)}
          aria-level={row.level + 1}
          aria-setsize={siblings[at].count}
          aria-posinset={siblings[at].place}
          aria-selected={at === active}
          {...(row.module === undefined ? {} : { 'aria-expanded': row.module.isOpen })}
          data-row={row.key}
          style={{
            top: `${top}px`,
            height: `${rowHeight}px`,
            // The name of a low row at the bottom is above it.
            lineHeight: `${Math.max(rowHeight, nameHeight)}px`,
            alignItems: perName > 1 && top + nameHeight > height ? 'end' : undefined,
            paddingLeft: `${4 + 10 * row.level}px`,
          }}
          onClick={() => onChoose(row)}
        >
          {hasName(at) && <RowName row={row} hasModules={hasModules} />}
        </div>
      ))}
    </>
  );
}

function RowName({ row, hasModules }: { readonly row: MapRow; readonly hasModules: boolean }) {
  return (
    <>
      {row.module !== undefined && <Icon name={row.module.isOpen ? 'chevron-down' : 'chevron-right'} />}
      {row.isPinned && <Icon name="pinned" />}
      {hasModules && row.module === undefined && !row.isPinned && <span class="no-chevron" />}
      {/* Cut at its beginning, where names differ least. */}
      <span class="map-name">
        <bdi>{row.label.replace(/^[./]/, '')}</bdi>
      </span>
      {row.module !== undefined && !row.module.isOpen && (
        <small aria-hidden="true">{t('({0})', row.layers.length)}</small>
      )}
    </>
  );
}
