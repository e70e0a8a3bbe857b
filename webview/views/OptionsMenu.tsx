import { t } from '@vscode/l10n';
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { layoutOf, PERCENTILE_PRESETS } from '../../src/model/analysis';
import { affineOf, hasRunningStatistics } from '../../src/model/layerParameters';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';
import { usePanel } from './context';
import { Icon } from './Icon';
import { useChosen } from './useChosen';
import { useDismiss } from './useDismiss';

const MENU = 'options-menu';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/** Options that people change rarely, or that only some runs have: in a menu, so that the toolbar never changes. */
export function OptionsMenu({ data, view, selection }: Props) {
  const { actions } = usePanel();
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  useDismiss(isOpen, () => setOpen(false), button, menu);
  return (
    <div ref={menu} class="options">
      <button
        ref={button}
        type="button"
        class="icon-button"
        title={t('More options')}
        aria-label={t('More options')}
        aria-expanded={isOpen}
        aria-controls={MENU}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="ellipsis" />
      </button>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of controls, not a form's fieldset */}
      <div id={MENU} class="options-menu" role="group" aria-label={t('More options')} hidden={!isOpen}>
        <PercentileSelect data={data} />
        <LearnedOptions data={data} selection={selection} />
        <Checkbox isChecked={view.commonScale} onChange={(commonScale) => actions.setView({ commonScale })}>
          {t('Same y-axis for all methods')}
        </Checkbox>
        <Checkbox isChecked={view.logCounts} onChange={(logCounts) => actions.setView({ logCounts })}>
          {t('Logarithmic counts in the distributions')}
        </Checkbox>
        <button
          type="button"
          class="link"
          onClick={() => {
            setOpen(false);
            actions.run('savePicture');
          }}
        >
          {t('Save Picture…')}
        </button>
      </div>
    </div>
  );
}

interface CheckboxProps {
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
  readonly title?: string;
  readonly children: ComponentChildren;
}

function Checkbox({ isChecked, onChange, title, children }: CheckboxProps) {
  const [shown, choose] = useChosen(isChecked);
  return (
    <label title={title}>
      <input
        type="checkbox"
        checked={shown}
        onChange={() => {
          choose(!shown);
          onChange(!shown);
        }}
      />{' '}
      {children}
    </label>
  );
}

/** What the layers learned; only if the run contains it. */
function LearnedOptions({ data, selection }: { data: RunData; selection: Selection }) {
  const { actions } = usePanel();
  const { catalog, options } = data;
  const { layer } = selection;
  const affine = affineOf(layer, layoutOf(layer, options));
  return (
    <>
      {catalog?.layers.some(({ parameters }) => (parameters?.weight ?? parameters?.bias) !== undefined) && (
        <Checkbox
          isChecked={options.affine === true}
          title={[t('Apply the learned scale γ and shift β after every method.'), affineTitle(affine)].join(
            '\n',
          )}
          onChange={(affine) => actions.setOptions({ affine })}
        >
          {t('Apply learned γ and β')}
        </Checkbox>
      )}
      {catalog?.layers.some(hasRunningStatistics) && (
        <Checkbox
          isChecked={options.running === true}
          title={[
            t('Normalize by the running statistics of batch normalization, as in evaluation mode.'),
            ...(hasRunningStatistics(layer)
              ? []
              : [
                  t(
                    'No BatchNorm layer with running statistics follows this layer, so batch statistics are used.',
                  ),
                ]),
          ].join('\n')}
          onChange={(running) => actions.setOptions({ running })}
        >
          {t('Use running statistics for Batch')}
        </Checkbox>
      )}
    </>
  );
}

function affineTitle(affine: ReturnType<typeof affineOf>): string {
  if (affine === 'none') return t('This layer has no γ and β (γ = 1, β = 0).');
  if (affine === 'channels') return t('This layer has one γ and one β per channel.');
  return t('This layer’s γ and β are per element, so they are not applied.');
}

function PercentileSelect({ data }: { data: RunData }) {
  const { actions } = usePanel();
  const current = data.options.percentiles.join(', ');
  const preset = PERCENTILE_PRESETS.find(({ percentiles }) => percentiles.join(', ') === current);
  const [shown, choose] = useChosen<string>(preset?.id ?? 'custom');
  return (
    <label>
      {t('Percentiles')}
      <select
        value={shown}
        onChange={(event) => {
          const chosen = PERCENTILE_PRESETS.find(({ id }) => id === event.currentTarget.value);
          if (chosen !== undefined) {
            choose(chosen.id);
            return actions.setOptions({ percentiles: chosen.percentiles });
          }
          // The dialog may be canceled.
          event.currentTarget.value = shown;
          return actions.chooseOption('percentiles');
        }}
      >
        {PERCENTILE_PRESETS.map(({ id, label, source }) => (
          <option key={id} value={id} title={source}>
            {label}
          </option>
        ))}
        {preset === undefined && <option value="custom">{current}</option>}
        <option value="other">{t('Other…')}</option>
      </select>
    </label>
  );
}
