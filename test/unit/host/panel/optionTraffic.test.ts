import assert from 'node:assert/strict';
import { PanelUpdates } from '../../../../src/host/panel/panelUpdates';
import { packCatalog } from '../../../../src/model/catalogColumns';
import { catalogOf } from '../../model/samples';
import { settled } from '../kernel/fakeKernel';
import { last, listed, tellShift, tellSummary } from '../session/sessions';

const LAYERS = 100;
const STEPS = 1000;

/** The bytes of a message: VS Code writes it as JSON, and typed arrays unchanged beside it. */
function bytesOf(message: unknown): number {
  let beside = 0;
  const text = JSON.stringify(message, (_key, value) => {
    if (!ArrayBuffer.isView(value)) return value;
    beside += value.byteLength;
    return {};
  });
  return Buffer.byteLength(text) + beside;
}

describe('host: what a changed option sends to the panel', () => {
  it('does not contain the catalog of 100,000 records', async () => {
    const catalog = catalogOf(
      Array.from({ length: LAYERS }, (_, i) => `layer${i}`),
      Array.from({ length: STEPS }, (_, i) => i),
    );
    assert.equal(catalog.records.length, 100_000);
    const under = await listed(catalog);
    const analysis = last(under, 'analyse');
    for (let step = 0; step < STEPS; step++) {
      tellSummary(analysis, step);
      tellShift(analysis, step, 0, 1);
    }
    const sent: object[] = [];
    const send = async (message: object) => void sent.push(message);
    const updates = new PanelUpdates(
      under.session,
      { current: { isCurrent: false } },
      { catalog: send, options: send, update: send, failed: (error) => assert.fail(String(error)) },
    );
    under.session.onChange((change) => updates.changed(change));
    updates.begin({ layer: 0, variant: 0 });
    for (let i = 0; i < 100; i++) await settled();
    sent.length = 0;

    under.session.setOptions({ groups: 8 });
    for (let i = 0; i < 100; i++) await settled();
    const bytes = sent.map(bytesOf).reduce((sum, each) => sum + each, 0);
    assert.ok(sent.some((message) => 'options' in message && !('catalog' in message)));
    assert.ok(bytesOf(packCatalog(catalog)) > 1_600_000);
    assert.ok(bytes < 1000, `${bytes} bytes`);
    under.session.dispose();
  });
});
