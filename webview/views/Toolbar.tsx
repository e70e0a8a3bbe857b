import { t } from '@vscode/l10n';
import { DEFAULT_GROUPS, describeTensor, METHODS } from '../../src/model/analysis';
import { type SourceLocation, variantLabel } from '../../src/model/catalog';
import { methodName } from '../format';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';
import { usePanel } from './context';
import { IconButton } from './Icon';
import { LayerPicker } from './LayerPicker';
import { OptionsMenu } from './OptionsMenu';
import { ReferenceSelect } from './ReferenceSelect';
import { StepSlider } from './StepSlider';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/** What is in view, and the options. Its lines depend on the width alone, so that nothing below moves. */
export function Toolbar({ data, view, selection }: Props) {
  const { actions } = usePanel();
  const { catalog, options } = data;
  if (catalog === undefined) return null;
  const { layer } = selection;
  return (
    <header>
      <div class="toolbar toolbar-place">
        <LayerPicker layers={catalog.layers} selected={layer} options={options} />
        <button
          type="button"
          class="link tensor"
          title={[layer.fullName, layer.module, layer.summarized ?? t('Set the layout of this layer')]
            .filter((line) => line !== undefined)
            .join('\n')}
          data-layout-button
          disabled={layer.summarized !== undefined}
          onClick={() => actions.chooseOption('layout')}
        >
          {describeTensor(layer, options)}
        </button>
        {layer.source !== undefined ? (
          <IconButton
            icon="go-to-file"
            label={definitionLabel(layer.name, layer.source)}
            onClick={() => actions.run('goToDefinition')}
          />
        ) : (
          catalog.layers.some(({ source }) => source !== undefined) && <span class="icon-place" />
        )}
        <VariantSelect data={data} selection={selection} />
        <StepSlider selection={selection} follow={view.follow} isLive={data.progress.live === true} />
      </div>
      <div class="toolbar toolbar-options">
        <MethodToggles view={view} />
        <ReferenceSelect data={data} selection={selection} />
        <button
          type="button"
          class="link"
          title={layer.summarized ?? t('Set the number of groups of group normalization')}
          data-groups-button
          disabled={layer.summarized !== undefined}
          onClick={() => actions.chooseOption('groups')}
        >
          {t('G {0}', selection.summary?.groups ?? options.groups ?? layer.groups ?? DEFAULT_GROUPS)}
        </button>
        <div class="toolbar-end">
          <IconButton
            icon="table"
            label={t('Show data tables of all charts')}
            pressed={view.tables}
            onClick={() => actions.setView({ tables: !view.tables })}
          />
          <IconButton icon="export" label={t('Export report')} onClick={() => actions.run('exportReport')} />
          <OptionsMenu data={data} view={view} selection={selection} />
        </div>
      </div>
    </header>
  );
}

function definitionLabel(layer: string, { file, line }: SourceLocation): string {
  return line === undefined
    ? t('Go to the definition of {0}: {1}', layer, file)
    : t('Go to the definition of {0}: {1}, line {2}', layer, file, line);
}

function VariantSelect({ data, selection }: { data: RunData; selection: Selection }) {
  const { actions } = usePanel();
  const variants = data.catalog?.variants ?? [];
  if (variants.length < 2) return null;
  return (
    <select
      aria-label={t('Phase, rank and call')}
      value={selection.variant}
      onChange={(event) => actions.selectVariant(Number(event.currentTarget.value))}
    >
      {variants.map((variant, i) => (
        <option key={variantLabel(variant)} value={i}>
          {variantLabel(variant)}
        </option>
      ))}
    </select>
  );
}

function MethodToggles({ view }: { view: ViewState }) {
  const { actions, theme } = usePanel();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a toolbar group, not a form's fieldset
    <div class="methods" role="group" aria-label={t('Normalization methods')}>
      {METHODS.map((method) => (
        <button
          key={method}
          type="button"
          class="toggle"
          aria-pressed={view.methods.includes(method)}
          data-method-toggle={method}
          onClick={() => actions.toggleMethod(method)}
        >
          <span class="swatch" style={{ backgroundColor: theme.methods[method] }} />
          {methodName(method)}
        </button>
      ))}
    </div>
  );
}
