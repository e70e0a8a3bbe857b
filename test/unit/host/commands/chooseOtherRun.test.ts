import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  chooseOtherRun,
  choosePartner,
  type OfferedRuns,
} from '../../../../src/host/commands/chooseOtherRun';
import { sampleReference, sampleRoots } from '../../../../src/host/commands/sampleRun';
import type { Session } from '../../../../src/host/session/session';
import { joinRuns } from '../../../../src/model/runJoin';
import { person, Uri } from '../../../contract/vscodeStub';
import { listedSessions, OTHER, OWN } from '../session/comparedSessions';

const offered = (...sessions: readonly Session[]): OfferedRuns => ({
  sessions,
  recent: [OTHER, ['file:///old/seed1']],
  referenceTo: (_, roots) => ({ roots, layers: { 'net.b': null } }),
});

describe('host: the dialog of another run', () => {
  afterEach(() => {
    person.asked.length = 0;
    person.answer = () => undefined;
  });

  it('offers the open runs, the recent ones that are closed, and files', async () => {
    const { session, others } = await listedSessions();
    let labels: readonly string[] = [];
    person.answer = (choices) => {
      labels = choices;
      return choices.find((choice) => choice.includes('seed1'));
    };
    const changes = await chooseOtherRun(session, offered(session, ...others.values()));
    assert.deepEqual(labels, [
      'Open',
      '$(check) other',
      'run',
      'Recent',
      'seed1',
      'From disk',
      '$(folder) Folder…',
      '$(file) Files…',
    ]);
    assert.deepEqual(changes, { reference: { roots: ['file:///old/seed1'], layers: { 'net.b': null } } });
  });

  it('changes nothing if it is dismissed', async () => {
    const { session } = await listedSessions();
    assert.equal(await chooseOtherRun(session, offered(session)), undefined);
  });
});

describe('host: the dialog of the layer that belongs to one', () => {
  afterEach(() => {
    person.answer = () => undefined;
  });

  const CHOICES: readonly [answer: string, layers: Readonly<Record<string, string | null>>][] = [
    ['b', { 'net.a': 'net.b' }],
    ['None', { 'net.a': null }],
    ['Automatic', {}],
  ];
  for (const [answer, layers] of CHOICES) {
    it(`sets it to ${answer}`, async () => {
      const { session } = await listedSessions({ reference: { roots: OTHER, layers: { 'net.a': 'net.a' } } });
      person.answer = (choices) => choices.find((choice) => choice === answer);
      const changes = await choosePartner(session, 0);
      assert.deepEqual(changes, { reference: { roots: OTHER, layouts: {}, layers } });
    });
  }

  it('is not asked for without another run', async () => {
    const { session } = await listedSessions({ reference: 'first' });
    assert.equal(await choosePartner(session, 0), undefined);
  });
});

describe('host: the networks of the sample', () => {
  it('are joined layer by layer', () => {
    const roots = sampleRoots({ extensionUri: Uri.parse('file:///extension') as never });
    assert.deepEqual(roots, ['file:///extension/media/sample']);
    const { order } = JSON.parse(readFileSync('media/sample/normscope.json', 'utf8')) as { order: string[] };
    const catalog = {
      ...OWN,
      layers: order.map((fullName, id) => ({ ...OWN.layers[0], id, fullName, name: fullName })),
    };
    const { layers } = joinRuns(catalog, catalog, sampleReference(roots).layers);
    const names = layers.map(({ layer, other }) => [order[layer], other === undefined ? null : order[other]]);
    assert.deepEqual(
      names,
      order.map((name) => [name, name.startsWith('plain.') ? null : name.replace('batchnorm.', 'plain.')]),
    );
  });
});
