import { type AxeResults, source } from 'axe-core';
import type { Frame } from 'playwright-core';

/** What axe-core finds wrong with the panel under WCAG 2.2 A and AA: each rule, and the elements that break it. */
export async function accessibilityFaults(panel: Frame): Promise<readonly string[]> {
  if (!(await panel.evaluate(() => 'axe' in window))) await panel.evaluate(source);
  const { violations } = await panel.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(root: Node, options: object): Promise<AxeResults> } };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    return axe.run(document.body, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
  });
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n')}`,
  );
}
