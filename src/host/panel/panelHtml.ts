import { env, Uri, type Webview } from 'vscode';
import { translations } from '../../model/translations';
import { randomBytes } from './randomBytes';

/**
 * The page of a panel. It links to the extension's own files and contains no inline script, and no data except the texts
 * of the display language.
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
  const texts = translations();
  const language = texts === undefined ? 'en' : env.language;
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Normscope</title>
  <link rel="stylesheet" href="${resource('codicon.css')}" id="vscode-codicon-stylesheet">
  <link rel="stylesheet" href="${resource('webview.css')}">
</head>
<body>
  <div id="app" data-normscope-panel${texts === undefined ? '' : ` data-l10n="${attribute(JSON.stringify(texts))}"`}></div>
  <script nonce="${nonce}" src="${resource('webview.js')}"></script>
</body>
</html>`;
}

/** Escapes the value of an attribute in double quotes. */
function attribute(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

function newNonce(): string {
  return Array.from(randomBytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
