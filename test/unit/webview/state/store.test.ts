import assert from 'node:assert/strict';
import { createStore } from '../../../../webview/state/store';
import { INITIAL_VIEW } from '../../../../webview/state/viewState';

function counted() {
  const store = createStore({ data: undefined, view: INITIAL_VIEW, failures: [] });
  let told = 0;
  const unsubscribe = store.subscribe(() => {
    told++;
  });
  return { store, told: () => told, unsubscribe };
}

describe('webview: store', () => {
  it('tells that the state changed, and has the new one by then', () => {
    const { store, told } = counted();
    const seen: unknown[] = [];
    store.subscribe(() => seen.push(store.get().view.step));
    store.update((state) => ({ ...state, view: { ...state.view, step: 7 } }));
    assert.deepEqual([told(), seen], [1, [7]]);
  });

  it('tells nothing where nothing changed', () => {
    const { store, told } = counted();
    store.update((state) => state);
    assert.equal(told(), 0);
  });

  it('tells nobody who has left', () => {
    const { store, told, unsubscribe } = counted();
    unsubscribe();
    store.update((state) => ({ ...state }));
    assert.equal(told(), 0);
  });
});
