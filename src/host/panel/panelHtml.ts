import { Uri, type Webview } from 'vscode';
import { randomBytes } from './randomBytes';

/**
 * The page of a panel. It links to the extension's own files and contains no inline data or script.
 */
export function panelHtml(webview: Webview, extensionUri: Uri): string {
  const resource = (name: string) =>
    webview.asWebviewUri(Uri.joinPath(extensionUri, 'dist', name)).toString();
  const nonce = newNonce();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Normscope</title>
  <link rel="stylesheet" href="${resource('codicon.css')}" id="vscode-codicon-stylesheet">
  <link rel="stylesheet" href="${resource('webview.css')}">
</head>
<body>
  <div id="app" data-normscope-panel></div>
  <script nonce="${nonce}" src="${resource('webview.js')}"></script>
</body>
</html>`;
}

function newNonce(): string {
  return Array.from(randomBytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
