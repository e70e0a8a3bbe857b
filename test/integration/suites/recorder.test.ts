import * as vscode from 'vscode';
import { assert, assertEqual } from '../harness/assert';
import { closeEverything, workspaceFolder } from '../harness/session';

describe('the recorder', () => {
  const folder = workspaceFolder();
  const target = vscode.Uri.joinPath(folder, 'normscope.py');
  const script = vscode.Uri.joinPath(folder, 'train.py');
  const read = async () => new TextDecoder().decode(await vscode.workspace.fs.readFile(target));
  const add = (options: object) =>
    vscode.commands.executeCommand<vscode.Uri | undefined>('normscope.addRecorder', {
      uri: target,
      ...options,
    });

  afterEach(async () => {
    await closeEverything();
    for (const uri of [target, script])
      await vscode.workspace.fs.delete(uri).then(undefined, () => undefined);
  });

  it('is written to the chosen file', async () => {
    assertEqual(String(await add({})), String(target), 'Where it was written');
    const text = await read();
    assert(/^class Recorder:$/mu.test(text), 'The file has no recorder.');
    assertEqual(String(await add({})), String(target), 'The second time nothing is asked');
  });

  it('does not replace a file without permission', async () => {
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode('mine = 1\n'));
    assertEqual(await add({ replace: false }), undefined, 'What was written');
    assertEqual(await read(), 'mine = 1\n', 'The file');
  });

  it('updates an older version', async () => {
    await add({});
    const text = await read();
    const older = text.replace(/^__version__ = ".*"$/mu, '__version__ = "0.0.1"');
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(older));
    await add({ replace: true });
    assertEqual(await read(), text, 'The file');
  });

  it('is inserted as a snippet at the cursor, with the indentation of its line', async () => {
    await vscode.workspace.fs.writeFile(script, new TextEncoder().encode('def main():\n    \n'));
    const document = await vscode.workspace.openTextDocument(script);
    const editor = await vscode.window.showTextDocument(document);
    editor.selection = new vscode.Selection(1, 4, 1, 4);
    assertEqual(await vscode.commands.executeCommand('normscope.insertSnippet'), true, 'Inserted');
    const lines = document.getText().split('\n');
    assertEqual(lines[1], '    from normscope import Recorder', 'First line');
    assert(lines.includes('    recorder = Recorder(model, "runs/bn")'), document.getText());
    assert(lines.includes('        recorder.step(step, loss=loss)'), document.getText());
    // A document with changes would ask before it closes.
    await vscode.commands.executeCommand('workbench.action.files.revert');
  }).timeout(90_000);
});
