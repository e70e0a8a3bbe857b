import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { runCommand, screenshot } from '../vscode/workbench.mjs';
import { chartedPanel } from './panel';
import { PSEUDO, pseudo, pseudoExtension } from './pseudoExtension.mjs';
import { useWorkbench } from './session.mjs';

/** Data of the sample run, terms, and sources, which are the same in every language. */
const UNTRANSLATED = new RegExp(
  [
    /\b(?:plain|batchnorm)(?:\.\w+|_loss)?\b/,
    /\b(?:conv|fc)\d\b/,
    /\b(?:NCHW|NC|train|float\d+|Linear|Conv2d|BatchNorm[12]d|Sigmoid)\b/,
    /\b(?:RMS|NaN|Inf|KS|JS|ln)\b/,
    /\b(?:Ioffe & Szegedy|Wu & He) \d+, fig\./,
    /\b[\w-]+\.(?:safetensors|json)\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

const isPlain = (text: string) => /[A-Za-z]{2,}/.test(text.replace(UNTRANSLATED, ''));

/** Plain words in what the panel shows and says to screen readers. */
async function plainTexts(panel: Frame): Promise<string[]> {
  const texts = await panel.locator('#app').evaluate((app) => {
    const found = new Set<string>();
    const note = (text: string | null) => {
      if (text !== null) found.add(text.trim());
    };
    for (const element of app.querySelectorAll('*')) {
      for (const name of ['title', 'aria-label', 'aria-description', 'placeholder', 'aria-valuetext'])
        note(element.getAttribute(name));
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) note(node.textContent);
    }
    return [...found];
  });
  return texts.filter(isPlain);
}

describe('a translated panel', () => {
  const workbench = useWorkbench({ folder: 'media/sample', extension: pseudoExtension, language: PSEUDO });

  it('has no text that is hard-coded', async () => {
    const { page } = workbench;
    await runCommand(page, `Normscope: ${pseudo('Open Sample Run')}`);
    const panel = await chartedPanel(page);
    await screenshot(page, 'pseudo-locale');
    assert.equal(await panel.evaluate(() => document.documentElement.lang), PSEUDO);
    assert.deepEqual(await plainTexts(panel), []);
  });

  it('has a side bar without hard-coded texts', async () => {
    const { page } = workbench;
    await runCommand(page, 'View: Show Normscope');
    const rows = page.locator('.pane-body .monaco-list-row', { hasText: 'plain' });
    await rows.first().waitFor();
    assert.deepEqual((await rows.allInnerTexts()).filter(isPlain), []);
  });
});
