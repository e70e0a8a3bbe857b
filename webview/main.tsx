import './language';
import './styles/panel.css';
import { render } from 'preact';
import { registerCharts } from './charts/setup';
import { refuseLateFocus } from './lateFocus';
import { picture, pictures } from './pictures/pictures';
import { afterRest } from './scheduling/afterRest';
import { drawn } from './scheduling/drawn';
import { connectToHost } from './state/actions';
import { createStore } from './state/store';
import { restoreView, type ViewState } from './state/viewState';
import { App } from './views/App';
import { hostPort, rememberedState, rememberState } from './vscodeApi';

refuseLateFocus();
registerCharts();
const store = createStore({ data: undefined, view: restoreView(rememberedState()), failures: [] });
const { actions, start, reportDefect } = connectToHost(hostPort, store, {
  drawn,
  afterRest,
  pictures,
  picture,
});
// Uncaught errors. For a loop of resizing, which is harmless, browsers report a message without an error.
window.addEventListener('error', ({ error }) => {
  if (error != null) reportDefect(error);
});
window.addEventListener('unhandledrejection', ({ reason }) => reportDefect(reason));

// After a reload, the host restores the panel from its roots, and the panel restores its view. Most updates change
// neither, and each call sends a message to the workbench.
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
