import { t } from '@vscode/l10n';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type AnalysisOptions, describeTensor } from '../../src/model/analysis';
import type { LayerEntry } from '../../src/model/catalog';
import { endOfName } from '../../src/model/layerNames';
import { usePanel } from './context';
import { Icon } from './Icon';

/** Characters of a name that the field has room for. */
const NAME_LENGTH = 28;

interface Props {
  readonly layers: readonly LayerEntry[];
  readonly selected: LayerEntry;
  readonly options: AnalysisOptions;
}

/** A combobox for the layers: type to search, choose with arrow keys and Enter [WAI-ARIA APG, combobox pattern]. */
export function LayerPicker({ layers, selected, options }: Props) {
  const { actions } = usePanel();
  const [query, setQuery] = useState<string>();
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const isOpen = query !== undefined;
  const found = searchLayers(layers, query ?? '');

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, []);

  const open = () => {
    setQuery('');
    setActive(Math.max(0, layers.indexOf(selected)));
  };
  const choose = (layer: LayerEntry | undefined) => {
    setQuery(undefined);
    if (layer !== undefined) actions.selectLayer(layer.fullName);
    input.current?.blur();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (move !== undefined) {
      if (isOpen) setActive(Math.min(found.length - 1, Math.max(0, active + move)));
      else open();
    } else if (event.key === 'Enter') choose(found[active]);
    else if (event.key === 'Escape') choose(undefined);
    else return;
    event.preventDefault();
  };

  return (
    <div class="layer-picker">
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label={t('Layer')}
        aria-expanded={isOpen}
        aria-controls="layer-list"
        aria-autocomplete="list"
        aria-activedescendant={isOpen ? `layer-${found[active]?.id}` : undefined}
        value={query ?? endOfName(selected.name, NAME_LENGTH)}
        title={selected.fullName}
        placeholder={t('Search layers')}
        data-layer={selected.fullName}
        onFocus={open}
        onBlur={() => setQuery(undefined)}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <Icon name="chevron-down" />
      {isOpen && (
        <ul ref={list} id="layer-list" role="listbox" aria-label={t('Layers')}>
          {found.map((layer, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the combobox
            <li
              key={layer.id}
              id={`layer-${layer.id}`}
              role="option"
              aria-selected={i === active}
              title={layer.fullName}
              // Before blur closes the list.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(layer)}
            >
              <span>{layer.name}</span>
              <small>{describeTensor(layer, options)}</small>
            </li>
          ))}
          {found.length === 0 && <li class="none">{t('No layer name contains “{0}”.', query)}</li>}
        </ul>
      )}
    </div>
  );
}

/** Layers whose full name contains every word of the query, in any order. */
export function searchLayers(layers: readonly LayerEntry[], query: string): readonly LayerEntry[] {
  const words = query.toLowerCase().split(/\s+/);
  return layers.filter(({ fullName }) => words.every((word) => fullName.toLowerCase().includes(word)));
}
