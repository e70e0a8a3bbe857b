import assert from 'node:assert/strict';
import type { CatalogDelta } from '../../../../src/model/catalogDelta';
import { shiftOf, summaryOf } from '../../model/samples';
import { settled } from '../kernel/fakeKernel';
import {
  type ComparedSessions,
  comparedSessions,
  listedSessions,
  OTHER,
  OWN,
  RUN,
  THERE,
} from './comparedSessions';

const OTHER_KEY = 'file:///other';
const NOTHING: CatalogDelta = { added: [], changed: [], removed: [], layers: [], variants: [] };

function otherOf({ others }: ComparedSessions) {
  const other = others.get(OTHER_KEY);
  assert.ok(other);
  return other;
}

/** Both runs are computed: each record of the run is measured from what belongs to it. */
async function computed(): Promise<ComparedSessions> {
  const under = await listedSessions();
  const analysis = under.last('analyse', RUN);
  const { join } = under.session.comparison;
  for (const record of OWN.records) {
    analysis?.progress({ kind: 'summary', summary: summaryOf(record.id) });
    const reference = join?.partnerOf(record)?.id ?? 0;
    analysis?.progress({ kind: 'shift', shift: shiftOf(record.id, reference, 0.5) });
  }
  analysis?.resolve({ done: 6, failed: 0 });
  under.last('analyse', OTHER)?.resolve({ done: 4, failed: 0 });
  await settled();
  assert.equal(under.session.state, 'complete');
  return under;
}

describe('host: a session that is compared with another run', () => {
  it('opens that run, and is computed when both are listed', async () => {
    const under = comparedSessions();
    under.last('openRun', RUN)?.resolve(OWN);
    await settled();
    assert.equal(under.session.state, 'listing');
    assert.equal(under.last('analyse', RUN), undefined);
    under.last('openRun', OTHER)?.resolve(THERE);
    await settled();
    assert.equal(under.session.state, 'computing');
    const asked = under.last('analyse', RUN)?.params as { options: object } | undefined;
    assert.deepEqual(asked?.options, { ...under.session.options, reference: { roots: OTHER, layouts: {} } });
  });

  it('joins the layers by name, and the steps with the nearest', async () => {
    const { session } = await listedSessions();
    const { join } = session.comparison;
    assert.deepEqual(
      OWN.records.map((record) => join?.partnerOf(record)?.id),
      [2, 3, 3, 0, 1, 1],
    );
  });

  it('has a problem that says what to do if that run cannot be opened, and tries again', async () => {
    const under = comparedSessions();
    under.last('openRun', RUN)?.resolve(OWN);
    under.last('openRun', OTHER)?.reject(new Error('It is gone.'));
    await settled();
    assert.equal(under.session.state, 'failed');
    assert.match(under.session.problems[0].message, /other, .* could not be opened\. Try again, or choose/);
    under.session.resume();
    under.last('openRun', OTHER)?.resolve(THERE);
    await settled();
    assert.equal(under.session.state, 'computing');
    assert.deepEqual(under.session.problems, []);
  });

  it('is measured again where the other run has new steps, and only there', async () => {
    const under = await computed();
    const before = under.kernel.of('analyse').length;
    void otherOf(under).update();
    await settled();
    const added = [{ ...THERE.records[3], id: 4, step: 20 }];
    under.last('updateRun', OTHER)?.resolve({ kind: 'delta', delta: { ...NOTHING, added }, waiting: [] });
    await settled();
    // Sends the gathered changes at once.
    otherOf(under).enter('complete');
    await settled();
    const asked = under.kernel.of('analyse').slice(before);
    const own = asked.filter(({ params }) => (params as { run: string }).run === under.session.key);
    // Record 2 is layer a at step 20, which was compared with step 10.
    assert.deepEqual(
      own.map(({ params }) => (params as { records: number[] }).records),
      [[2]],
    );
    assert.equal(under.session.results.cells.has(2), false);
    assert.equal(under.session.results.cells.has(1), true);
  });

  it('starts over if the other run is listed anew', async () => {
    const under = await computed();
    void otherOf(under).refresh();
    await settled();
    under.last('openRun', OTHER)?.resolve({ ...THERE, records: THERE.records.slice(0, 2) });
    await settled();
    assert.equal(under.session.state, 'computing');
    assert.equal(under.session.results.cells.has(0), false);
    assert.ok(under.changes.some(({ kind }) => kind === 'options'));
  });

  it('shares options that change what figures mean, in both directions', async () => {
    const under = await listedSessions({ epsilon: 1e-3 });
    const other = otherOf(under);
    assert.equal(other.options.epsilon, 1e-3);
    under.session.setOptions({ percentiles: [5, 95] });
    assert.deepEqual(other.options.percentiles, [5, 95]);
    other.setOptions({ groups: 4 });
    assert.equal(under.session.options.groups, 4);
    assert.equal(other.options.reference, 'first', 'the reference is its own');
  });

  it('reads the layouts of the other run as they were chosen there', async () => {
    const under = await computed();
    otherOf(under).setOptions({ layouts: { 'net.a': 'CN' } });
    await settled();
    const { reference } = under.session.options;
    assert.deepEqual(reference, { roots: OTHER, layouts: { 'net.a': 'CN' } });
    assert.deepEqual(under.session.options.layouts, {});
    assert.equal(under.session.state, 'computing');
  });

  it('opens both runs in another kernel before the next call', async () => {
    const under = await computed();
    under.kernel.die('Died.');
    under.session.focus({ layer: 0, variant: 0 });
    under.session.setOptions({ epsilon: 1e-4 });
    await settled();
    under.last('openRun', RUN)?.resolve(OWN);
    await settled();
    under.last('openRun', OTHER)?.resolve(THERE);
    await settled();
    const methods = under.kernel.calls.slice(-6).map(({ method }) => method);
    assert.ok(methods.lastIndexOf('analyse') > methods.indexOf('openRun'), methods.join(', '));
  });

  it('has no other run once a step is its reference', async () => {
    const under = await computed();
    under.session.setOptions({ reference: 'first' });
    assert.equal(under.session.comparison.other, undefined);
    assert.equal(under.session.comparison.join, undefined);
    const { length } = under.changes;
    otherOf(under).setOptions({ layouts: { 'net.a': 'CN' } });
    assert.equal(under.changes.slice(length).filter(({ kind }) => kind === 'other').length, 0);
  });

  it('may be compared with itself', async () => {
    const under = comparedSessions({ reference: { roots: RUN } });
    under.last('openRun', RUN)?.resolve(OWN);
    await settled();
    assert.equal(under.others.size, 0);
    assert.equal(under.session.state, 'computing');
    assert.deepEqual(
      OWN.records.map((record) => under.session.comparison.join?.partnerOf(record)?.id),
      OWN.records.map(({ id }) => id),
    );
  });
});
