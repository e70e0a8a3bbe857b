const vscode = require('vscode');

/** Opens the run at NORMSCOPE_OPEN: Normscope itself starts only when a person uses it. */
exports.activate = async () => {
  await vscode.commands.executeCommand('normscope.openRun', process.env['NORMSCOPE_OPEN']);
};
