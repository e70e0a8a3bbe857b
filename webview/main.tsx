import './styles/panel.css';
import { render } from 'preact';
import { registerCharts } from './charts/setup';
import { refuseLateFocus } from './lateFocus';
import { drawn } from './scheduling/drawn';
import { connectToHost } from './state/actions';
import { createStore } from './state/store';
import { restoreView, type ViewState } from './state/viewState';
import { App } from './views/App';
import { hostPort, rememberedState, rememberState } from './vscodeApi';

refuseLateFocus();
registerCharts();
const store = createStore({ data: undefined, view: restoreView(rememberedState()), failures: [] });
const { actions, start, reportDefect } = connectToHost(hostPort, store, drawn);
// What nobody catches: of a loop of resizing, which is harmless, browsers have a message but no error.
window.addEventListener('error', ({ error }) => {
  if (error != null) reportDefect(error);
});
window.addEventListener('unhandledrejection', ({ reason }) => reportDefect(reason));

// The host restores a panel after a reload from its roots; the view is the panel's own. News come many times a second
// and change neither: to remember is a message to the workbench.
let remembered: { readonly roots: readonly string[]; readonly view: ViewState } | undefined;
store.subscribe(() => {
  const { data, view } = store.get();
  if (data === undefined || (remembered?.roots === data.roots && remembered.view === view)) return;
  remembered = { roots: data.roots, view };
  rememberState(remembered);
});

const app = document.getElementById('app');
if (app !== null) render(<App store={store} actions={actions} />, app);
start();
