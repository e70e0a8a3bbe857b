/**
 * Opens a run from its menu in the Explorer.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} name of its folder
 * @param {() => void | Promise<void>} [onReady] awaited before the click that opens it
 */
export async function openFromMenu(page, name, onReady = () => {}) {
  const entry = page.locator('.monaco-menu .action-label', { hasText: 'Open Activation Run' });
  const row = page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
  // In a fresh workbench, the menu has the extension's entry only after a while; one that just opened ignores clicks.
  while (!(await entry.isVisible())) {
    await page.keyboard.press('Escape');
    await row.click({ button: 'right' });
    await page.locator('.monaco-menu .action-label', { hasText: 'Copy Relative Path' }).waitFor();
    await page.waitForTimeout(500);
  }
  await onReady();
  await entry.click();
}
