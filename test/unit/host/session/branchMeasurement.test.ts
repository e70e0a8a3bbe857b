import assert from 'node:assert/strict';
import type { Session } from '../../../../src/host/session/session';
import type { RunCatalog } from '../../../../src/model/catalog';
import { catalogOf } from '../../model/samples';
import { settled } from '../kernel/fakeKernel';
import { last, listed, type SessionUnderTest } from './sessions';

/** Records 0–2 are of blocks.0, 3–5 of blocks.1, 6–8 of blocks.2. */
function streams(steps: readonly number[] = [0, 10, 20]): RunCatalog {
  const catalog = catalogOf(['0', '1', '2'], steps);
  const layers = catalog.layers.map((layer) => ({ ...layer, layout: 'NLC', shape: [4, 8, 8] }));
  return { ...catalog, layers };
}

const pairsOf = (under: SessionUnderTest) =>
  under.kernel
    .of('residuals')
    .map(({ params }) => (params as { pairs: readonly (readonly number[])[] }).pairs);

const shares = ({ results }: Session) => {
  const { record, value } = results.quantities.column('branchShare', undefined);
  return Object.fromEntries(Array.from(record, (id, i) => [id, value[i]]));
};

describe('host: branches of a residual stream', () => {
  it('are measured when a map shows them: first and last step first', async () => {
    const under = await listed(streams());
    const { session } = under;
    assert.deepEqual(pairsOf(under), []);
    session.branches.measure(() => true);
    assert.deepEqual(pairsOf(under), [
      [
        [0, 3],
        [3, 6],
        [2, 5],
        [5, 8],
        [1, 4],
        [4, 7],
      ],
    ]);
    last(under, 'residuals').resolve([1, 2, 3, 4, 5, 6].map((share) => ({ share, angle: 10 * share })));
    await settled();
    assert.deepEqual(shares(session), { 3: 1, 4: 5, 5: 3, 6: 2, 7: 6, 8: 4 });
    assert.equal(session.results.quantities.column('streamAngle', [8]).value[0], 40);
    // Nothing is missing.
    session.branches.measure(() => true);
    assert.equal(pairsOf(under).length, 1);
    session.dispose();
  });

  it('tell the panels which records have figures now', async () => {
    const under = await listed(streams([0]));
    under.session.branches.measure(() => true);
    last(under, 'residuals').resolve([
      { share: 1, angle: 1 },
      { share: 1, angle: 1 },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const records = under.changes.flatMap((change) => (change.kind === 'records' ? [...change.records] : []));
    assert.deepEqual(records, [1, 2]);
    under.session.dispose();
  });

  it('are not tried again if they cannot be measured, but after a change of the options', async () => {
    const under = await listed(streams([0]));
    const { session } = under;
    const unknown = { share: Number.NaN, angle: Number.NaN };
    session.branches.measure(() => true);
    last(under, 'residuals').resolve([unknown, unknown]);
    await settled();
    session.branches.measure(() => true);
    assert.equal(pairsOf(under).length, 1);
    session.setOptions({ groups: 2 });
    session.branches.measure(() => true);
    assert.equal(pairsOf(under).length, 2);
    session.dispose();
  });

  it('are measured no further once no map shows them', async () => {
    const steps = Array.from({ length: 40 }, (_, i) => i);
    const under = await listed(streams(steps));
    let isShown = true;
    under.session.branches.measure(() => isShown);
    assert.equal(pairsOf(under)[0].length, 32);
    isShown = false;
    last(under, 'residuals').resolve(pairsOf(under)[0].map(() => ({ share: 1, angle: 1 })));
    await settled();
    assert.equal(pairsOf(under).length, 1);
    isShown = true;
    under.session.branches.measure(() => isShown);
    assert.equal(pairsOf(under).length, 2);
    under.session.dispose();
  });

  it('forget what belongs to former options, and report a failure', async () => {
    const under = await listed(streams([0]));
    const { session } = under;
    session.branches.measure(() => true);
    const call = last(under, 'residuals');
    session.setOptions({ groups: 2 });
    call.resolve([
      { share: 1, angle: 1 },
      { share: 1, angle: 1 },
    ]);
    await settled();
    assert.deepEqual(shares(session), {});
    last(under, 'residuals').reject(new RangeError('Too long.'));
    await settled();
    assert.deepEqual(
      under.reported.map(({ message }) => /Too long/.test(message)),
      [true],
    );
    session.dispose();
  });
});
