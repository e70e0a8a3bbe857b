import assert from 'node:assert/strict';
import { panelFrame, runCommand, screenshot } from '../vscode/workbench.mjs';
import { chartedPanel, until } from './panel';
import { useWorkbench } from './session.mjs';

describe('a defect of the panel', () => {
  const workbench = useWorkbench({ folder: 'test/fixtures/tensorboard' });

  before(async () => {
    const { page } = workbench;
    await runCommand(page, 'Normscope: Open Sample Run');
    await chartedPanel(page);
    const panel = await panelFrame(page);
    await panel.evaluate(() => {
      const error = new TypeError('secret', { cause: new RangeError('its cause') });
      error.stack = 'TypeError: secret\n    at draw (https://host/home/ada/dist/webview.js:1:2)';
      setTimeout(() => {
        throw error;
      }, 0);
    });
  });

  it('is logged with its stack and cause', async () => {
    const { page } = workbench;
    await runCommand(page, 'Normscope: Show Log');
    const lines = page.locator('.output-view .view-lines');
    await until(
      async () => (await lines.innerText()).replace(/\u00a0/g, ' '),
      (text) =>
        /\[error\] Panel: secret/.test(text) &&
        /at draw \(https:\/\/host\/home\/ada\/dist\/webview\.js:1:2\)/.test(text) &&
        /Caused by: RangeError: its cause/.test(text),
      (text) => `The log has: ${text}`,
    );
    await screenshot(page, 'log-dark');
  });

  it('is part of an issue report, without its message and path', async () => {
    const { page } = workbench;
    await page.evaluate(() => {
      const opened: string[] = [];
      window.open = (url) => {
        opened.push(String(url));
        return null;
      };
      Object.assign(window, { opened });
    });
    await runCommand(page, 'Normscope: Report Issue…');
    const dialog = page.locator('.monaco-dialog-box', { hasText: 'external website' });
    await dialog.getByRole('button', { name: 'Open', exact: true }).click();
    const opened = await until(
      () => page.evaluate(() => (window as unknown as { opened: string[] }).opened),
      (urls) => urls.length > 0,
      () => 'No page was opened.',
    );
    const text = new URL(opened[0]).searchParams.get('body') ?? '';
    assert.match(text, /- Normscope \d+\.\d+\.\d+\n- VS Code \d+\.\d+\.\d+, web\n/);
    assert.match(text, /internal\nTypeError\n {4}at draw \(webview\.js:1:2\)\nCaused by RangeError\n/);
    assert.doesNotMatch(text, /secret|its cause|ada/);
  });
});
