/** Knobs of the panel, from the key or click that turns them to the frame that shows figures of the layer in view. */
import { runCommand } from '../../vscode/workbench.mjs';

/**
 * @typedef {readonly [first: number, complete: number]} Turned milliseconds until the first figure of the layer in view is
 * drawn, and until all of them are
 */

/** What another layout is, by the number of axes. */
const OTHER_LAYOUTS = /** @type {Readonly<Record<number, string>>} */ ({ 2: 'CN', 3: 'NCL', 4: 'NHWC' });
const GROUPS = 2;
const EPSILON = '0.002';
/** A layer that has had no new figures for so long is complete: it is computed before the others. */
const STEADY_MS = 1500;
/** How long a dialog takes to open, at most. */
const DIALOG_MS = 5000;

/** Each knob, and how a person turns it. */
const KNOBS = /** @type {const} */ ([
  {
    name: 'G',
    /** @param {import('playwright-core').Page} page @param {import('playwright-core').Frame} panel */
    turn: (page, panel) => answer(page, () => panel.locator('[data-groups-button]').click(), String(GROUPS)),
  },
  {
    name: 'ε',
    /** @param {import('playwright-core').Page} page */
    turn: (page) => answer(page, () => runCommand(page, 'Normscope: Set ε…'), EPSILON),
  },
  {
    name: 'reference step',
    /** @param {import('playwright-core').Page} _ @param {import('playwright-core').Frame} panel */
    turn: (_, panel) => panel.locator('select.reference').selectOption('previous'),
  },
  {
    name: 'layout',
    /** @param {import('playwright-core').Page} page @param {import('playwright-core').Frame} panel */
    turn: async (page, panel) => {
      const tensor = (await panel.locator('[data-layout-button]').textContent()) ?? '';
      const axes = /\[([^\]]*)\]/.exec(tensor)?.[1].split(',').length ?? 0;
      await answer(page, () => panel.locator('[data-layout-button]').click(), OTHER_LAYOUTS[axes]);
      const extent = page.locator('.quick-input-widget .monaco-list-row', { hasText: 'Only ' });
      await extent.waitFor();
      await page.keyboard.press('Enter');
    },
  },
]);

/**
 * Answers the dialog that `open` opens. A busy workbench may lose a click.
 *
 * @param {import('playwright-core').Page} page
 * @param {() => Promise<unknown>} open
 * @param {string} text
 */
async function answer(page, open, text) {
  const input = page.locator('.quick-input-widget .quick-input-box input');
  do await open();
  while (
    !(await input.waitFor({ timeout: DIALOG_MS }).then(
      () => true,
      () => false,
    ))
  );
  await input.fill(text);
  await input.press('Enter');
}

/** In every frame: when the person pressed or chose something. */
export function watchInput() {
  const inputs = /** @type {number[]} */ ([]);
  Object.assign(globalThis, { benchInputs: inputs });
  for (const type of ['keydown', 'change'])
    addEventListener(type, ({ timeStamp }) => inputs.push(performance.timeOrigin + timeStamp), true);
}

/**
 * In the panel: when figures of the layer in view are drawn. Only such are summaries of an update (see `PanelUpdate`), and
 * distributions, which have no element that a cube would have.
 */
function watchFigures() {
  const drawn = /** @type {number[]} */ ([]);
  Object.assign(globalThis, { benchDrawn: drawn });
  addEventListener('message', ({ data }) => {
    if (data?.method === 'options') drawn.length = 0;
    const hasSummaries = data?.method === 'update' && data.params.summaries.length > 0;
    const hasDistributions = data?.value?.methods?.none !== undefined && data.value.element === undefined;
    if (!hasSummaries && !hasDistributions) return;
    // The next frame shows elements, the one after it the charts that they have asked for.
    requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        setTimeout(() => drawn.push(performance.timeOrigin + performance.now()), 0),
      ),
    );
  });
}

/**
 * Turns every knob of a panel that has computed everything. Frames need {@link watchInput}.
 *
 * @param {import('playwright-core').Page} page
 * @param {import('playwright-core').Frame} panel
 * @returns {Promise<Record<string, Turned>>}
 */
export async function turnKnobs(page, panel) {
  await panel.evaluate(watchInput);
  await panel.evaluate(watchFigures);
  /** @type {Record<string, Turned>} */
  const turned = {};
  for (const { name, turn } of KNOBS) {
    await turn(page, panel);
    const drawn = await steadyFigures(panel);
    const inputs = [...(await inputsOf(page)), ...(await inputsOf(panel))];
    const at = Math.max(...inputs.filter((time) => time < drawn[0]));
    turned[name] = [Math.round(drawn[0] - at), Math.round((drawn.at(-1) ?? Number.NaN) - at)];
  }
  return turned;
}

/** @param {import('playwright-core').Page | import('playwright-core').Frame} frame @returns {Promise<readonly number[]>} */
function inputsOf(frame) {
  return frame.evaluate(() => Reflect.get(globalThis, 'benchInputs'));
}

/** @param {import('playwright-core').Frame} panel @returns {Promise<readonly number[]>} */
async function steadyFigures(panel) {
  for (;;) {
    await panel.waitForTimeout(STEADY_MS);
    /** @type {readonly number[]} */
    const drawn = await panel.evaluate(() => Reflect.get(globalThis, 'benchDrawn'));
    if (drawn.length > 0 && Date.now() - (drawn.at(-1) ?? 0) > STEADY_MS) return drawn;
  }
}
