import assert from 'node:assert/strict';
import { panelHtml } from '../../../../src/host/panel/panelHtml';
import { setTranslations } from '../../../../src/model/translations';
import { env, Uri } from '../../../contract/vscodeStub';

type Arguments = Parameters<typeof panelHtml>;

/** The page of an extension at `file:///ext`, served from another origin like in VS Code. */
function page(): string {
  const webview = {
    cspSource: 'https://*.vscode-cdn.net',
    asWebviewUri: (uri: Uri) => Uri.parse(uri.toString().replace('file://', 'https://file.vscode-cdn.net')),
  };
  // VS Code's Webview and Uri have more members; the page uses only these.
  return panelHtml(webview as unknown as Arguments[0], Uri.parse('file:///ext') as unknown as Arguments[1]);
}

function directives(html: string): Map<string, string> {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
  return new Map(
    policy.split('; ').map((directive) => {
      const [name, ...sources] = directive.split(' ');
      return [name, sources.join(' ')];
    }),
  );
}

describe('host: the page of the panel', () => {
  it('allows its script by nonce, its styles, fonts and images, and nothing else', () => {
    const { 'script-src': script, ...others } = Object.fromEntries(directives(page()));
    assert.match(script, /^'nonce-[0-9a-f]{32}'$/);
    assert.deepEqual(others, {
      'default-src': "'none'",
      'style-src': 'https://*.vscode-cdn.net',
      'font-src': 'https://*.vscode-cdn.net',
      'img-src': 'https://*.vscode-cdn.net data:',
    });
  });

  it('has one script, with the nonce', () => {
    const html = page();
    const nonce = /'nonce-([^']+)'/.exec(html)?.[1];
    const scripts = html.match(/<script[^>]*>[\s\S]*?<\/script>/g);
    assert.deepEqual(scripts, [
      `<script nonce="${nonce}" src="https://file.vscode-cdn.net/ext/dist/webview.js"></script>`,
    ]);
  });

  it('has another nonce each time', () => {
    const nonces = Array.from({ length: 50 }, () => directives(page()).get('script-src'));
    assert.equal(new Set(nonces).size, 50);
  });

  it('has no inline styles or handlers', () => {
    assert.doesNotMatch(page(), /<style|\sstyle=|\son\w+=|javascript:|unsafe/i);
  });

  it('is in English without translations', () => {
    assert.match(page(), /<html lang="en">/);
    assert.doesNotMatch(page(), /data-l10n/);
  });

  it('passes the texts of the display language on to the panel', () => {
    env.language = 'pt-br';
    setTranslations({ 'Say "{0}" & <b>': 'Diga "{0}" & <b>' });
    try {
      const html = page();
      assert.match(html, /<html lang="pt-br">/);
      assert.match(
        html,
        / data-l10n="\{&quot;Say \\&quot;\{0\}\\&quot; &amp; &lt;b>&quot;:[^"<]+\}"><\/div>/,
      );
    } finally {
      env.language = 'en';
      setTranslations(undefined);
    }
  });

  it('loads only files of the extension', () => {
    const links = [...page().matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]);
    assert.deepEqual(
      links.map((link) => link.replace('https://file.vscode-cdn.net/ext/dist/', '')),
      ['codicon.css', 'webview.css', 'webview.js'],
    );
  });
});
