import { useEffect, useState } from 'preact/hooks';
import type { Actions } from '../state/actions';
import { areFormer, withFormer } from '../state/formerResults';
import { isOpening } from '../state/openingLayer';
import { RecordTable } from '../state/recordTable';
import type { RunData } from '../state/runData';
import { select } from '../state/selection';
import type { Store } from '../state/store';
import { onThemeChange, readTheme } from '../theme';
import { ComparisonView } from './ComparisonView';
import { Context } from './context';
import { DataTables } from './DataTables';
import { EmptyState } from './EmptyState';
import { FindingsView } from './FindingsView';
import { InspectorView } from './InspectorView';
import { LiveRegion } from './LiveRegion';
import { NoticesView } from './NoticesView';
import { OverviewView } from './OverviewView';
import { ProblemsView } from './ProblemsView';
import { ProgressLine } from './ProgressLine';
import { Toolbar } from './Toolbar';

const NO_SUMMARIES: RunData['summaries'] = RecordTable.of([]);
const NO_SHIFTS: RunData['shifts'] = RecordTable.of([]);

/** The panel, redrawn whenever the store or the theme changes. */
export function App({ store, actions }: { store: Store; actions: Actions }) {
  const [state, setState] = useState(store.get());
  const [theme, setTheme] = useState(readTheme);
  useEffect(() => store.subscribe(() => setState(store.get())), [store]);
  useEffect(() => onThemeChange(() => setTheme(readTheme())), []);

  const { view, failures } = state;
  const data = state.data && (isOpening(state.data, view) ? withoutCharts(state.data) : state.data);
  const selection = data === undefined ? undefined : select(data, view);
  const inView = data && withFormer(data);
  return (
    <Context.Provider value={{ actions, theme }}>
      {data === undefined || inView === undefined || selection === undefined ? (
        <>
          {data !== undefined && <ProblemsView data={withoutEmptiness(data)} failures={failures} />}
          <EmptyState data={data} failures={failures} />
        </>
      ) : (
        <>
          <ProgressLine progress={data.progress} />
          <div class="screen">
            <Toolbar data={data} view={view} selection={selection} />
            <ComparisonView data={data} selection={selection} />
            <FindingsView data={data} />
            <ProblemsView data={data} failures={failures} />
            <NoticesView data={data} selection={selection} />
            <main>
              <OverviewView data={data} view={view} selection={selection} />
              <InspectorView
                data={inView}
                view={view}
                selection={inView === data ? selection : (select(inView, view) ?? selection)}
                isKnown={selection.summary !== undefined}
                isFormer={areFormer(data, selection.series)}
              />
            </main>
          </div>
          {view.tables && <DataTables data={data} view={view} selection={selection} />}
          <LiveRegion data={data} view={view} selection={selection} />
        </>
      )}
    </Context.Provider>
  );
}

/** The data without those of a layer. */
function withoutCharts(data: RunData): RunData {
  return { ...data, summaries: NO_SUMMARIES, shifts: NO_SHIFTS, distributions: undefined };
}

/** While a watched run is empty, the waiting screen says so; this hides the `empty` problem. */
function withoutEmptiness(data: RunData): RunData {
  return data.progress.watched
    ? { ...data, problems: data.problems.filter(({ code }) => code !== 'empty') }
    : data;
}
