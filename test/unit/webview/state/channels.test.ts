import assert from 'node:assert/strict';
import type { RecordPlace } from '../../../../src/model/catalog';
import type { ChannelFigures } from '../../../../src/model/channelFigures';
import {
  channelsAsText,
  channelsAt,
  concentration,
  orderedColumns,
} from '../../../../webview/state/channels';
import { catalogOf, shiftOf, summaryOf } from '../../model/samples';
import { snapshotOf } from '../samples';
import { settled, startPanel } from './fakeHost';

const SERIES: RecordPlace[] = [0, 10, 60].map((step, id) => ({ id, layer: 0, variant: 0, step }));

/** Three steps of four channels, two of which explode at step 60. */
const FIGURES: ChannelFigures = {
  layer: 0,
  variant: 0,
  records: Int32Array.of(0, 1, 2),
  channels: Int32Array.of(3, 4, 8, 9),
  of: 12,
  mean: Float64Array.of(0, 0, 0, 0, 1, -2, 0, 0, 5, -9, 0, Number.NaN),
  deviation: new Float64Array(12).fill(1),
  greatest: new Float64Array(12).fill(3),
  shift: Float64Array.of(0, 0, 0, 0, 0, 0, 0, 0, 4, 0.5, 3, Number.NaN),
};

describe('webview: channels at the step in view', () => {
  it('have the shares of the layer’s shift', () => {
    const at = channelsAt(FIGURES, SERIES, SERIES[2]);
    assert.equal(at?.step, 60);
    assert.deepEqual([...at!.parts], [16 / 25.25, 0.25 / 25.25, 9 / 25.25, 0]);
    assert.equal(concentration(at!), '2 of 12 channels make 80 % of the shift at step 60.');
  });

  it('are those of the nearest step that is known', () => {
    const later = { id: 7, layer: 0, variant: 0, step: 50 };
    assert.equal(channelsAt(FIGURES, [...SERIES, later], later)?.step, 60);
    assert.equal(channelsAt({ ...FIGURES, records: Int32Array.of() }, SERIES, SERIES[0]), undefined);
  });

  it('say nothing about a step without a shift', () => {
    assert.equal(concentration(channelsAt(FIGURES, SERIES, SERIES[0])!), undefined);
  });

  it('are copied as a table in the order in view', () => {
    const at = channelsAt(FIGURES, SERIES, SERIES[1])!;
    assert.equal(
      channelsAsText(at, [1, 0]),
      'channel\tpart\tshift\tmean\tdeviation\tgreatest\n4\t0\t0\t-2\t1\t3\n3\t0\t0\t1\t1\t3\n',
    );
  });

  it('are sorted by index, by part, and by size at that step, unknown ones last', () => {
    const at = channelsAt(FIGURES, SERIES, SERIES[2])!;
    assert.deepEqual(orderedColumns(at, 'index', 'mean'), [0, 1, 2, 3]);
    assert.deepEqual(orderedColumns(at, 'part', 'mean'), [0, 2, 1, 3]);
    assert.deepEqual(orderedColumns(at, 'value', 'mean'), [1, 0, 2, 3]);
  });
});

describe('webview: requests of the inspector', () => {
  const catalog = catalogOf(['a', 'b'], [0, 10, 20]);
  const layer = { layer: 0, variant: 0, summaries: [summaryOf(0)], shifts: [shiftOf(0, 0, 0)] };
  const open = () => startPanel(snapshotOf(catalog, [], layer), { layer: 'net.a', step: 0 });
  const asked = ({ calls }: Awaited<ReturnType<typeof open>>) =>
    calls.flatMap(([method, params]) => (method === 'channels' ? [params] : []));

  it('are sent when the tab is visible, once', async () => {
    const panel = await open();
    assert.deepEqual(asked(panel), []);
    panel.actions.setView({ tab: 'channels' });
    await settled();
    await settled();
    assert.deepEqual(asked(panel), [{ layer: 0, variant: 0, step: 0 }]);
    assert.equal(panel.store.get().data?.channels?.of, 1);
    panel.actions.selectChannel(0);
    await settled();
    assert.equal(asked(panel).length, 1);
  });

  it('are sent again for a step that the answer does not include, and not forever', async () => {
    const panel = await open();
    panel.actions.setView({ tab: 'channels' });
    await settled();
    await settled();
    panel.actions.selectStep(20);
    for (let i = 0; i < 10; i++) await settled();
    assert.deepEqual(asked(panel).slice(1), [{ layer: 0, variant: 0, step: 20 }]);
  });

  it('are not repeated after a failure until the person resumes', async () => {
    const panel = await open();
    panel.breakWith(new Error('The kernel has stopped.'));
    panel.actions.setView({ tab: 'channels' });
    for (let i = 0; i < 10; i++) await settled();
    assert.equal(asked(panel).length, 1);
    assert.equal(panel.store.get().failures.length, 1);
  });

  it('forget the channel in view with its layer', async () => {
    const panel = await open();
    panel.actions.selectChannel(3);
    panel.actions.selectLayer('net.b');
    assert.equal(panel.store.get().view.channel, undefined);
  });

  it('are sent for smaller batches of the record in view, once for each', async () => {
    const panel = await open();
    panel.actions.setView({ tab: 'whatIf' });
    for (let i = 0; i < 3; i++) await settled();
    const sizes = () => panel.calls.flatMap(([method, params]) => (method === 'batchSizes' ? [params] : []));
    assert.deepEqual(sizes(), [{ record: 0 }]);
    assert.equal(panel.store.get().data?.batchSizes?.samples, 8);
    // Its summary has not arrived, so the kernel has more urgent work.
    panel.actions.selectStep(20);
    for (let i = 0; i < 3; i++) await settled();
    assert.equal(sizes().length, 1);
  });

  it('are sent for each element that comes into view, and start at the first one of another layer', async () => {
    const panel = await open();
    const cubes = () => panel.calls.flatMap(([method, params]) => (method === 'cube' ? [params] : []));
    panel.actions.setView({ tab: 'cube' });
    for (let i = 0; i < 3; i++) await settled();
    assert.deepEqual(cubes(), [{ record: 0, n: 0, c: 0, p: 0 }]);
    assert.deepEqual(panel.store.get().data?.cube?.element, { n: 0, c: 0, p: 0 });
    panel.actions.setView({ cubeMethod: 'group', cubeGroups: 2 });
    panel.actions.selectElement({ n: 1, c: 5, p: 2 });
    panel.actions.selectElement({ n: 1, c: 5, p: 2 });
    for (let i = 0; i < 3; i++) await settled();
    assert.deepEqual(cubes().slice(1), [{ record: 0, n: 1, c: 5, p: 2 }]);
    // The channel is the one of the other tabs.
    assert.equal(panel.store.get().view.channel, 5);
    panel.actions.selectLayer('net.b');
    const { sample, channel, position } = panel.store.get().view;
    assert.deepEqual([sample, channel, position], [0, undefined, 0]);
  });

  it('are sent for the question in view, once for each', async () => {
    const panel = await open();
    const sent = () => panel.calls.flatMap(([method]) => (method === 'focus' ? [] : [method]));
    const before = sent().length;
    for (const whatIf of ['formats', 'methods', 'batchSizes', 'formats'] as const) {
      panel.actions.setView({ tab: 'whatIf', whatIf });
      for (let i = 0; i < 3; i++) await settled();
    }
    assert.deepEqual(sent().slice(before), ['formatCasts', 'methodSweep', 'batchSizes']);
    panel.actions.resume();
    panel.actions.setView({ whatIf: 'methods' });
    for (let i = 0; i < 3; i++) await settled();
    assert.deepEqual(sent().slice(before + 3), ['resume', 'methodSweep']);
  });
});
