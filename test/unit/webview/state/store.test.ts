import assert from 'node:assert/strict';
import { createStore } from '../../../../webview/state/store';
import { INITIAL_VIEW } from '../../../../webview/state/viewState';

function counted() {
  const store = createStore({ data: undefined, view: INITIAL_VIEW, failures: [] });
  let reported = 0;
  const unsubscribe = store.subscribe(() => {
    reported++;
  });
  return { store, reported: () => reported, unsubscribe };
}

describe('webview: store', () => {
  it('calls listeners after the state has changed', () => {
    const { store, reported } = counted();
    const seen: unknown[] = [];
    store.subscribe(() => seen.push(store.get().view.step));
    store.update((state) => ({ ...state, view: { ...state.view, step: 7 } }));
    assert.deepEqual([reported(), seen], [1, [7]]);
  });

  it('calls no listener if nothing changed', () => {
    const { store, reported } = counted();
    store.update((state) => state);
    assert.equal(reported(), 0);
  });

  it('calls no listener that unsubscribed', () => {
    const { store, reported, unsubscribe } = counted();
    unsubscribe();
    store.update((state) => ({ ...state }));
    assert.equal(reported(), 0);
  });
});
