import { t } from '@vscode/l10n';
import { METHODS } from '../../src/model/analysis';
import { isQuantity, QUANTITIES, type QuantityId, quantityOf } from '../../src/model/mapQuantities';
import { methodName } from '../format';
import type { Selection } from '../state/selection';
import { MAX_PINS, type RowSort, SORTS, type ViewState } from '../state/viewState';
import { ComparedSelect } from './ComparedSelect';
import { usePanel } from './context';
import { IconButton } from './Icon';

interface Props {
  readonly view: ViewState;
  readonly selection: Selection;
  readonly filter: string;
  readonly onFilter: (text: string) => void;
}

/** What the overview shows: the quantity, the layers, and their order. */
export function MapControls({ view, selection, filter, onFilter }: Props) {
  const { actions } = usePanel();
  const { fullName, name } = selection.layer;
  const isPinned = view.pins.includes(fullName);
  return (
    <>
      <select
        aria-label={t('Quantity of the map')}
        title={quantityOf(view.mapQuantity).definition()}
        value={view.mapQuantity}
        data-quantity
        onChange={({ currentTarget: { value } }) => {
          if (isQuantity(value)) actions.setView({ mapQuantity: value });
        }}
      >
        {groupsOfQuantities().map(({ label, quantities }) => (
          <optgroup key={label} label={label}>
            {quantities.map((id) => (
              <option key={id} value={id} title={quantityOf(id).definition()}>
                {quantityOf(id).name()}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      <select
        aria-label={t('Method of the map')}
        title={t('The shift before (Raw) or after a method. Other quantities are of the raw values.')}
        value={view.mapQuantity === 'shift' ? view.mapMethod : 'none'}
        disabled={view.mapQuantity !== 'shift'}
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
      {selection.other !== undefined && <ComparedSelect view={view} name={selection.other.name} />}
      <input
        type="text"
        class="layer-filter"
        aria-label={t('Filter the layers')}
        placeholder={t('Filter')}
        title={filterHelp()}
        value={filter}
        onInput={(event) => onFilter(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || filter === '') return;
          event.preventDefault();
          onFilter('');
        }}
      />
      <select
        aria-label={t('Order of the rows')}
        title={t('Order of the rows')}
        value={view.mapSort}
        data-sort
        onChange={(event) =>
          actions.setView({
            mapSort: SORTS.find((sort) => sort === event.currentTarget.value) ?? 'network',
          })
        }
      >
        {SORTS.map((sort) => (
          <option key={sort} value={sort}>
            {sortName(sort)}
          </option>
        ))}
      </select>
      <IconButton
        icon="pin"
        label={
          isPinned ? t('Unpin {0}', name) : t('Pin {0} at the top (P); at most {1} layers', name, MAX_PINS)
        }
        pressed={isPinned}
        disabled={!isPinned && view.pins.length >= MAX_PINS}
        onClick={() => actions.togglePin(fullName)}
      />
      {/* biome-ignore lint/a11y/useSemanticElements: a toolbar group, not a form's fieldset */}
      <span class="overview-switch" role="group" aria-label={t('Shown beside the layers')}>
        <OverviewSwitch view={view} side="map" label={t('map')} />
        <OverviewSwitch view={view} side="depth" label={t('depth')} />
      </span>
    </>
  );
}

interface SwitchProps {
  readonly view: ViewState;
  readonly side: ViewState['overview'];
  readonly label: string;
}

function OverviewSwitch({ view, side, label }: SwitchProps) {
  const { actions } = usePanel();
  return (
    <button
      type="button"
      class="toggle"
      aria-pressed={view.overview === side}
      onClick={() => actions.setView({ overview: side })}
    >
      {label}
    </button>
  );
}

function groupsOfQuantities(): { label: string; quantities: readonly QuantityId[] }[] {
  const between = (first: QuantityId, last: QuantityId) =>
    QUANTITIES.slice(QUANTITIES.indexOf(first), QUANTITIES.indexOf(last) + 1);
  return [
    { label: t('Change'), quantities: between('shift', 'shift') },
    { label: t('Values'), quantities: between('values', 'runningGap') },
    { label: t('Share of values or channels'), quantities: between('zeros', 'nonFinite') },
    { label: t('Number formats'), quantities: between('float16', 'float8_e5m2') },
  ];
}

function sortName(sort: RowSort): string {
  switch (sort) {
    case 'network':
      return t('network');
    case 'name':
      return t('name');
    case 'value':
      return t('value at this step');
    case 'largest':
      return t('largest value');
  }
}

/** The grammar of the filter; see state/layerFilter.ts. */
function filterHelp(): string {
  return [
    t('Terms, separated by spaces, that a layer must meet:'),
    t('conv: the name contains it'),
    t('bn*: a part of the name starts with it'),
    t('/q|k/: a regular expression'),
    t('shift>1: the largest shift above noise (also <, >=, <=)'),
    t('value<0.5: a value of the quantity on the map'),
    t('nan, dead: at any step'),
    t('since:100: only steps from 100 on count'),
    t('-bn*: the opposite'),
  ].join('\n');
}
