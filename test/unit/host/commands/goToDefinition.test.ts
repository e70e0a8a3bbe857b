import assert from 'node:assert/strict';
import { goToDefinition } from '../../../../src/host/commands/goToDefinition';
import type { LayerTarget } from '../../../../src/host/commands/optionCommands';
import type { Panels } from '../../../../src/host/panel/panels';
import type { Runs } from '../../../../src/host/session/runs';
import type { SourceLocation } from '../../../../src/model/catalog';
import { folders, person, provided, Uri } from '../../../contract/vscodeStub';
import { catalogOf } from '../../model/samples';

const WORKSPACE = 'file:///home/me/project';
const OUTSIDE = '/opt/models/net.py';

/** Runs the command on a layer with this definition; resolves to the URI that was opened. */
async function go(source: SourceLocation | undefined): Promise<string | undefined> {
  const catalog = catalogOf(['a'], [0]);
  const layers = catalog.layers.map((layer) => ({ ...layer, ...(source !== undefined && { source }) }));
  const session = { roots: [`${WORKSPACE}/runs/bn`], catalog: { ...catalog, layers } };
  // With a target, the command uses neither the runs nor the panels.
  const target = { session, layer: 0 } as unknown as LayerTarget;
  const opened = await goToDefinition({} as Runs, {} as Panels, target);
  return opened?.toString();
}

describe('host: Go to Layer Definition', () => {
  const file = (uri: string, lines = 5) =>
    provided.set(uri, async () => new TextEncoder().encode('\n'.repeat(lines - 1)));

  beforeEach(() => {
    folders.push(Uri.parse(WORKSPACE));
    file(`file://${OUTSIDE}`, 9);
  });
  afterEach(() => {
    provided.clear();
    folders.length = person.asked.length = person.shown.length = 0;
    person.answer = () => undefined;
  });

  it('opens a file of the workspace without a question', async () => {
    const uri = `${WORKSPACE}/train.py`;
    file(uri);
    assert.equal(await go({ file: '/home/me/project/train.py', line: 3 }), uri);
    assert.deepEqual([person.shown, person.asked], [[{ uri, line: 2 }], []]);
  });

  it('opens a file outside the workspace once the person has seen the path and agreed', async () => {
    person.answer = (choices) => choices[0];
    assert.equal(await go({ file: OUTSIDE, line: 7 }), `file://${OUTSIDE}`);
    assert.deepEqual(person.asked, [`The layer is defined in ${OUTSIDE}, which is outside the workspace.`]);
    assert.deepEqual(person.shown, [{ uri: `file://${OUTSIDE}`, line: 6 }]);
  });

  it('outside of it is left alone where the person only closes the message', async () => {
    assert.equal(await go({ file: OUTSIDE, line: 7 }), undefined);
    assert.equal(person.asked.length, 1);
    assert.deepEqual(person.shown, []);
  });

  it('that another machine wrote is a file of the workspace whose path ends alike', async () => {
    const uri = `${WORKSPACE}/models/net.py`;
    file(uri);
    file(`${WORKSPACE}/old/net.py`);
    assert.equal(await go({ file: OUTSIDE, line: 2 }), uri);
    assert.deepEqual(person.asked, []);
  });

  it('that may be several files is the one that is chosen, or none', async () => {
    const [left, right] = [`${WORKSPACE}/left/models/net.py`, `${WORKSPACE}/right/models/net.py`];
    file(left);
    file(right);
    assert.equal(await go({ file: OUTSIDE }), undefined);
    person.answer = (choices) => choices[1];
    assert.equal(await go({ file: OUTSIDE }), right);
    assert.deepEqual(person.shown, [{ uri: right, line: 0 }]);
  });

  it('beyond the end of a file that has become shorter is its last line', async () => {
    file(`${WORKSPACE}/train.py`);
    await go({ file: 'train.py', line: 400 });
    assert.deepEqual(person.shown, [{ uri: `${WORKSPACE}/train.py`, line: 4 }]);
  });

  it('never leaves the folders, and reports a file that was not found', async () => {
    file('file:///home/me/secret.py');
    assert.equal(await go({ file: '../secret.py' }), undefined);
    assert.match(person.asked[0], /defined in \.\.\/secret\.py, which was not found/);
    assert.deepEqual(person.shown, []);
  });

  it('reports that the run does not contain the definition', async () => {
    assert.equal(await go(undefined), undefined);
    assert.match(person.asked[0], /^The run does not contain the definition of a\. The recorder writes it/);
  });
});
