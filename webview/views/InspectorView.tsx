import { t } from '@vscode/l10n';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { TABS, type Tab, type ViewState } from '../state/viewState';
import { ChannelsView } from './ChannelsView';
import { CubeView } from './CubeView';
import { usePanel } from './context';
import { MethodColumns } from './MethodColumns';
import { NumbersView } from './NumbersView';
import { OverTrainingSelect } from './OverTrainingView';
import { RunsView } from './RunsView';
import { WhatIfView } from './WhatIfView';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
  /** Whether the record in view has results under the current options. */
  readonly isKnown: boolean;
  /** Whether some of what is in view is of former options. */
  readonly isFormer: boolean;
}

const tabId = (tab: Tab) => `tab-${tab}`;
const PANEL = 'inspector-panel';

/** What the layer in view looks like, in tabs of which one is visible [WAI-ARIA APG, tabs pattern]. */
export function InspectorView(props: Props) {
  const { actions } = usePanel();
  // The tab Runs is there only beside other runs.
  const hasRuns = props.data.group.length > 0;
  const tabs = TABS.filter((each) => each !== 'runs' || hasRuns);
  const tab = tabs.find((each) => each === props.view.tab) ?? tabs[0];
  const { layer, record } = props.selection;
  const open = (next: Tab) => actions.setView({ tab: next });
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }) => {
    const position = tabs.indexOf(tab);
    const next = { ArrowRight: position + 1, ArrowLeft: position - 1, Home: 0, End: tabs.length - 1 }[
      event.key
    ];
    if (next === undefined || event.altKey) return;
    const to = tabs[(next + tabs.length) % tabs.length];
    open(to);
    event.currentTarget.querySelector<HTMLElement>(`#${tabId(to)}`)?.focus();
    event.preventDefault();
  };
  return (
    <section
      class="inspector"
      aria-label={t('Inspector')}
      data-layer={layer.fullName}
      data-step={record.step}
      data-known={props.isKnown}
    >
      <div class="tabs-line">
        <div class="tabs" role="tablist" aria-label={t('Views of the layer')} onKeyDown={onKeyDown}>
          {tabs.map((each) => (
            <button
              key={each}
              id={tabId(each)}
              type="button"
              role="tab"
              aria-selected={each === tab}
              aria-controls={PANEL}
              tabIndex={each === tab ? 0 : -1}
              data-tab={each}
              onClick={() => open(each)}
            >
              {tabName(each)}
            </button>
          ))}
        </div>
        {tab === 'methods' && <OverTrainingSelect value={props.view.overTraining} />}
      </div>
      <div
        id={PANEL}
        class={props.isFormer ? 'tab-panel stale' : 'tab-panel'}
        role="tabpanel"
        aria-labelledby={tabId(tab)}
      >
        {tab === 'methods' && <MethodColumns {...props} />}
        {tab === 'channels' && <ChannelsView {...props} />}
        {tab === 'cube' && <CubeView {...props} />}
        {tab === 'whatIf' && <WhatIfView {...props} />}
        {tab === 'numbers' && <NumbersView {...props} />}
        {tab === 'runs' && <RunsView {...props} />}
      </div>
    </section>
  );
}

function tabName(tab: Tab): string {
  switch (tab) {
    case 'methods':
      return t('Methods');
    case 'channels':
      return t('Channels');
    case 'cube':
      return t('Cube');
    case 'whatIf':
      return t('What if');
    case 'numbers':
      return t('Numbers');
    case 'runs':
      return t('Runs');
  }
}
