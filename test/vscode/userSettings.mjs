/** VS Code's user settings for development and tests. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Leaves nothing on the screen but the product: no Chat, no welcome, no prompts. */
export const quietSettings = {
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'security.workspace.trust.enabled': false,
  'extensions.ignoreRecommendations': true,
  'extensions.autoCheckUpdates': false,
  'git.openRepositoryInParentFolders': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
};

/** Values of `workbench.colorTheme` that every VS Code since 1.74 knows. */
export const THEMES = /** @type {const} */ ({
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  highContrast: 'Default High Contrast',
  highContrastLight: 'Default High Contrast Light',
});

/**
 * Makes an extension run in the web extension host, as on vscode.dev. VS Code for the desktop has
 * `--extensionDevelopmentKind=web` for this; the workbench in the browser reads that and then ignores it.
 *
 * @param {string} extension folder of the extension
 * @returns {Record<string, unknown>}
 */
export function webHostSettings(extension) {
  const { publisher, name } = JSON.parse(readFileSync(join(extension, 'package.json'), 'utf8'));
  return { 'remote.extensionKind': { [`${publisher}.${name}`]: ['web'] } };
}

/**
 * Writes the user settings of the workbench that a VS Code server serves: this server keeps them on its own disk.
 * Pages that are opened or reloaded afterwards follow them.
 *
 * @param {string} serverDataDir
 * @param {Record<string, unknown>} settings on top of {@link quietSettings}
 */
export function writeUserSettings(serverDataDir, settings) {
  const folder = join(serverDataDir, 'data', 'User');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'settings.json'),
    JSON.stringify({ ...quietSettings, ...settings }, undefined, 2),
  );
}
