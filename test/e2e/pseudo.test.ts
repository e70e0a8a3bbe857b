import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { runCommand, screenshot } from '../vscode/workbench.mjs';
import { chartedPanel } from './panel';
import { PSEUDO, pseudo, pseudoExtension } from './pseudoExtension.mjs';
import { isInstalled, useWorkbench } from './session.mjs';

/** Layers of the sample run, layouts and terms that are the same in every language. */
const UNTRANSLATED =
  /\b(?:(?:plain|batchnorm)(?:\.\w+)?|NCHW|NC|RMS|NaN|Inf|KS|JS|ln|step_\d+|[\w-]+\.(?:safetensors|json))\b/g;

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
  return texts.filter((text) => /[A-Za-z]{2,}/.test(text.replace(UNTRANSLATED, '')));
}

describe('a translated panel', () => {
  if (isInstalled) return;
  const workbench = useWorkbench({ folder: 'media/sample', extension: pseudoExtension, language: PSEUDO });

  it('has no text that is hard-coded', async () => {
    const { page } = workbench;
    await runCommand(page, `Normscope: ${pseudo('Open Sample Run')}`);
    const panel = await chartedPanel(page);
    await screenshot(page, 'pseudo-locale');
    assert.equal(await panel.evaluate(() => document.documentElement.lang), PSEUDO);
    assert.deepEqual(await plainTexts(panel), []);
  });
});
