import * as vscode from 'vscode';
import { isDefined, METHODS } from '../../../src/model/analysis';
import { assert, assertEqual } from '../harness/assert';
import { closeEverything, openedBy, panelTabs, settled, until, workspaceFolder } from '../harness/session';

describe('a run', () => {
  const folder = workspaceFolder();
  const run = vscode.Uri.joinPath(folder, 'run');
  const step = (name: string) => vscode.Uri.joinPath(run, name, 'conv1.npy');

  afterEach(closeEverything);

  it('opens the sample beside the editor', async () => {
    const session = await openedBy('normscope.openSample');
    const { state, done, total } = session.progress;
    assertEqual({ state, done, total }, { state: 'complete', done: 112, total: 112 }, 'Progress');
    assertEqual(session.problems, [], 'Problems');
    assertEqual(
      session.catalog?.layers.map(({ name, layout }) => `${name} ${layout}`),
      ['plain', 'batchnorm'].flatMap((net) =>
        ['conv1 NCHW', 'conv2 NCHW', 'fc1 NC', 'fc2 NC'].map((layer) => `${net}.${layer}`),
      ),
      'Layers',
    );
    await until('the panel', () => panelTabs().length === 1);
    // The number of causes is added when the findings are there.
    assertEqual(
      panelTabs().map((label) => label.replace(/ \(\d+\)$/u, '')),
      ['Normscope: sample'],
      'Tabs',
    );
  });

  it('has a shift that batch normalization removes', async () => {
    const session = await openedBy('normscope.openSample');
    const records = session.catalog?.records ?? [];
    const layer = session.catalog?.layers.find(({ name }) => name === 'plain.fc2');
    const last = records.filter((record) => record.layer === layer?.id).at(-1);
    const methods = session.results.shifts.get(last?.id ?? -1)?.methods;
    const [raw, batch] = [methods?.none, methods?.batch];
    assert(raw !== undefined && batch !== undefined, 'No shift was computed.');
    assert(raw.w1 > 7 && raw.w1 > 1000 * (raw.noiseFloor?.w1 ?? 1), `Raw shift: ${JSON.stringify(raw)}`);
    assert(batch.w1 < (batch.noiseFloor?.w1 ?? 0), `Shift after batch norm: ${JSON.stringify(batch)}`);
  });

  it('opens from a folder', async () => {
    const session = await openedBy('normscope.openRun', run);
    assertEqual(session.catalog?.steps, [0, 100], 'Steps');
    assertEqual(
      session.catalog?.layers.map(({ name, layout, layoutGuessed }) => [name, layout, layoutGuessed]),
      [['conv1', 'NCHW', true]],
      'Layers',
    );
    for (const method of METHODS) {
      const of = session.results.summaries.get(0)?.methods[method];
      assert(of !== undefined && isDefined(of), `${method} was not computed.`);
    }
  });

  it('is computed again with another layout, which is remembered', async () => {
    const session = await openedBy('normscope.openRun', run);
    const before = session.results.summaries.get(0)?.methods.batch;
    session.setOptions({ layouts: { conv1: 'NHWC' } });
    await settled(session);
    const after = session.results.summaries.get(0)?.methods.batch;
    assert(
      before !== undefined && isDefined(before) && after !== undefined && isDefined(after),
      'Undefined.',
    );
    assert(before.unitCount !== after.unitCount, `Both have ${before.unitCount} channels.`);
    await vscode.commands.executeCommand('normscope.closeRun');
    const again = await openedBy('normscope.openRun', run);
    assertEqual(again.options.layouts, { conv1: 'NHWC' }, 'Layouts');
    again.setOptions({ layouts: {} });
    await settled(again);
  });

  it('reports a truncated file, and computes the others', async () => {
    const bytes = await vscode.workspace.fs.readFile(step('step_0'));
    await vscode.workspace.fs.writeFile(step('step_200'), bytes.slice(0, -4));
    try {
      const session = await openedBy('normscope.openRun', run);
      assertEqual([...session.results.summaries.keys()].length, 2, 'Records computed');
      const [problem] = session.problems;
      assertEqual(session.problems.length, 1, 'Problems');
      assert(problem.path.includes('step_200'), `The problem names ${problem.path}.`);
      assert(/\d/.test(problem.message), `The problem says only: ${problem.message}`);
    } finally {
      await vscode.workspace.fs.delete(vscode.Uri.joinPath(run, 'step_200'), { recursive: true });
    }
  });

  it('survives a file that is deleted after the listing', async () => {
    const bytes = await vscode.workspace.fs.readFile(step('step_0'));
    await vscode.workspace.fs.writeFile(step('step_300'), bytes);
    const session = await openedBy('normscope.openRun', run);
    assertEqual(session.results.summaries.size, 3, 'Records before');
    await vscode.workspace.fs.delete(vscode.Uri.joinPath(run, 'step_300'), { recursive: true });
    // Another layout reads every file again.
    session.setOptions({ layouts: { conv1: 'NHWC' } });
    await settled(session);
    assertEqual(session.progress.state, 'complete', 'State');
    await until('the file is missed', () => session.catalog?.steps.length === 2);
    assertEqual(session.problems, [], 'Problems');
    session.setOptions({ layouts: {} });
    await settled(session);
    assertEqual(session.results.summaries.size, 2, 'Records after');
  });

  it('adds a step that is written while it is open', async () => {
    const session = await openedBy('normscope.openRun', run);
    const bytes = await vscode.workspace.fs.readFile(step('step_0'));
    const before = session.results.summaries.get(0);
    await vscode.workspace.fs.writeFile(step('step_400'), bytes);
    try {
      await until('the new step is computed', () => session.results.summaries.size === 3);
      assertEqual(session.catalog?.steps, [0, 100, 400], 'Steps');
      assert(session.results.summaries.get(0) === before, 'What was there was computed again.');
      assertEqual(session.progress.live, true, 'Live');
    } finally {
      await vscode.workspace.fs.delete(vscode.Uri.joinPath(run, 'step_400'), { recursive: true });
    }
    await until('the step is gone again', () => session.catalog?.steps.length === 2);
  });

  it('reports an empty folder', async () => {
    const empty = vscode.Uri.joinPath(folder, 'empty');
    await vscode.workspace.fs.createDirectory(empty);
    const session = await openedBy('normscope.openRun', empty);
    assertEqual(session.catalog?.layers, [], 'Layers');
    assertEqual(
      session.problems.map(({ code }) => code),
      ['empty'],
      'Problems',
    );
  });

  it('can be canceled and resumed', async () => {
    await vscode.commands.executeCommand('normscope.openSample');
    const session = await openedBy('normscope.openSample');
    const refreshed = session.refresh();
    session.cancel();
    assertEqual(session.progress.state, 'cancelled', 'State');
    await refreshed;
    session.resume();
    await settled(session);
    const { state, done, total } = session.progress;
    assertEqual({ state, done, total }, { state: 'complete', done: 112, total: 112 }, 'Progress');
  });

  it('opens from a dump file that is double-clicked', async () => {
    await vscode.commands.executeCommand('vscode.openWith', step('step_100'), 'normscope.run');
    await until('the editor', () => panelTabs().length === 1);
    const session = await openedBy('normscope.showLog');
    assertEqual(session.catalog?.steps, [0, 100], 'Steps');
  });

  it('exports the figures of the panel', async () => {
    const session = await openedBy('normscope.openRun', run);
    const uri = vscode.Uri.joinPath(folder, 'report.json');
    await vscode.commands.executeCommand('normscope.exportReport', { uri, format: 'json', statistics: true });
    const report = JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
    assertEqual(report.schema, 'normscope-report/1', 'Schema');
    const of = session.results.summaries.get(0)?.methods.batch;
    assert(of !== undefined && isDefined(of), 'Undefined.');
    assertEqual(report.layers[0].steps[0].methods.batch.mean, of.mean, 'Mean');
    assertEqual(report.layers[0].steps[0].methods.batch.units.mean.length, of.unitCount, 'Units');
  });
});
