import './styles/panel.css';
import { render } from 'preact';
import { registerCharts } from './charts/setup';
import { connectToHost } from './state/actions';
import { createStore } from './state/store';
import { restoreView } from './state/viewState';
import { App } from './views/App';
import { hostPort, rememberedState, rememberState } from './vscodeApi';

registerCharts();
const store = createStore({ data: undefined, view: restoreView(rememberedState()), failures: [] });
const { actions, start } = connectToHost(hostPort, store);

// The host restores a panel after a reload from its roots; the view is the panel's own.
store.subscribe(() => {
  const { data, view } = store.get();
  if (data !== undefined) rememberState({ roots: data.roots, view });
});

const app = document.getElementById('app');
if (app !== null) render(<App store={store} actions={actions} />, app);
start();
