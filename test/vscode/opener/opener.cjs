const vscode = require('vscode');

/**
 * Opens the run at NORMSCOPE_OPEN, or the folder that is open: Normscope itself starts only when a person uses it.
 * The web extension host has no environment.
 */
exports.activate = async () => {
  const target = globalThis.process?.env?.['NORMSCOPE_OPEN'] ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  await vscode.commands.executeCommand('normscope.openRun', target);
};
