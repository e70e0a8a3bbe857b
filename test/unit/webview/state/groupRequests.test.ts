import assert from 'node:assert/strict';
import type { GroupMember, GroupRun } from '../../../../src/model/runGroup';
import type { LayerResults } from '../../../../src/protocol/panelApi';
import type { ViewState } from '../../../../webview/state/viewState';
import { catalogOf, shiftOf, summaryOf } from '../../model/samples';
import { snapshotOf } from '../samples';
import { type PanelUnderTest, settled, startPanel } from './fakeHost';

const CATALOG = catalogOf(['a', 'b'], [0, 10, 20]);
const LAYER_A: LayerResults = {
  layer: 0,
  variant: 0,
  summaries: [0, 1, 2].map((id) => summaryOf(id)),
  shifts: [shiftOf(0, 0, 0), shiftOf(1, 0, 0.25), shiftOf(2, 0, 0.5)],
};
const member = (key: string, done: number): GroupMember => ({ key, title: key, state: 'computing', done });
const groupAt = (done: number) => ['a', 'b', 'c'].map((key) => member(key, done));

function open(view: Partial<ViewState>): Promise<PanelUnderTest> {
  return startPanel(snapshotOf(CATALOG, [], LAYER_A), { layer: 'net.a', step: 20, ...view });
}
const callsOf = ({ calls }: PanelUnderTest, name: string) =>
  calls.filter(([method]) => method === name).map(([, params]) => params);

describe('webview: requests of the tab Runs', () => {
  it('are made while it is visible, again with each change of a run, layer and quantity', async () => {
    const panel = await open({ tab: 'runs' });
    await settled();
    assert.deepEqual(callsOf(panel, 'runGroup'), [], 'there is no group');
    await panel.panel.call('group', groupAt(0));
    await settled();
    const place = { layer: 0, variant: 0 };
    assert.deepEqual(callsOf(panel, 'runGroup'), [{ ...place, quantity: 'shift' }]);
    await panel.panel.call('group', groupAt(5));
    await settled();
    assert.equal(callsOf(panel, 'runGroup').length, 2);
    panel.actions.setView({ mapQuantity: 'rms' });
    panel.actions.selectLayer('net.b');
    await settled();
    assert.deepEqual(callsOf(panel, 'runGroup').slice(2), [
      { ...place, quantity: 'rms' },
      { ...place, layer: 1, quantity: 'rms' },
    ]);
    panel.actions.setView({ tab: 'numbers' });
    await panel.panel.call('group', groupAt(9));
    await settled();
    assert.equal(callsOf(panel, 'runGroup').length, 4);
    assert.deepEqual(callsOf(panel, 'coordinates'), []);
  });

  it('read tensors of a layer once, not again with each result', async () => {
    const panel = await open({ tab: 'runs', runView: 'width' });
    await panel.panel.call('group', groupAt(0));
    await panel.panel.call('group', groupAt(5));
    await settled();
    assert.deepEqual(callsOf(panel, 'coordinates'), [{ layer: 0, variant: 0 }]);
    assert.equal(panel.store.get().data?.coordinates, null);
    await panel.panel.call('group', groupAt(5).slice(1));
    await settled();
    assert.equal(callsOf(panel, 'coordinates').length, 2);
  });

  it('show another run at the step in view', async () => {
    const panel = await open({});
    const run: GroupRun = {
      key: 'b',
      title: 'b',
      name: 'b',
      knobs: {},
      state: 'complete',
      layer: { id: 7, variant: 1, name: 'fc' },
      records: 0,
      steps: new Float64Array(0),
      figures: [],
    };
    panel.actions.showRun(run);
    const { layer: _, ...unjoined } = run;
    panel.actions.showRun(unjoined);
    await settled();
    assert.deepEqual(callsOf(panel, 'showRun'), [{ key: 'b', layer: 7, variant: 1, step: 20 }, { key: 'b' }]);
  });
});
