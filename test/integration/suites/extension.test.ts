import * as vscode from 'vscode';
import { assert, assertEqual } from '../harness/assert';

describe('the extension', () => {
  const extension = vscode.extensions.getExtension('normscope.normscope');

  it('is installed', () => {
    assert(extension !== undefined, 'VS Code does not know normscope.normscope.');
  });

  it('starts when one of its commands runs', async () => {
    await vscode.commands.executeCommand('normscope.showLog');
    assert(extension?.isActive, 'The extension is not active.');
  });

  it('registers every command that it contributes', async () => {
    const contributed: { command: string }[] = extension?.packageJSON.contributes.commands;
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = contributed.map(({ command }) => command).filter((command) => !registered.has(command));
    assertEqual(missing, [], 'Commands without a handler');
  });
});
