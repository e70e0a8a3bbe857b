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
  it('calls listeners after the state has changed', () => {
    const { store, told } = counted();
    const seen: unknown[] = [];
    store.subscribe(() => seen.push(store.get().view.step));
    store.update((state) => ({ ...state, view: { ...state.view, step: 7 } }));
    assert.deepEqual([told(), seen], [1, [7]]);
  });

  it('calls no listener if nothing changed', () => {
    const { store, told } = counted();
    store.update((state) => state);
    assert.equal(told(), 0);
  });

  it('calls no listener that unsubscribed', () => {
    const { store, told, unsubscribe } = counted();
    unsubscribe();
    store.update((state) => ({ ...state }));
    assert.equal(told(), 0);
  });
});
