import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { panelFrame, runCommand } from '../vscode/workbench.mjs';
import { chartedPanel } from './panel';
import { useWorkbench } from './session.mjs';

/** What moved in the panel since it has content, as Chromium records it [Layout Instability API]. */
function shifts(panel: Frame): Promise<readonly string[]> {
  return panel.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const observer = new PerformanceObserver((list) => {
          observer.disconnect();
          resolve(
            list.getEntries().flatMap((entry) => {
              const { value, sources } = entry as PerformanceEntry & {
                value: number;
                sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
              };
              // What is gone belonged to the page that says that the run is being listed.
              return sources.flatMap(({ node, previousRect: from, currentRect: to }) => {
                if (node === null) return [];
                const name =
                  node instanceof Element ? `${node.tagName}.${node.className}` : `“${node.textContent}”`;
                const places = [from, to].map(({ x, y }) => `${Math.round(x)}, ${Math.round(y)}`);
                return `${name} from ${places.join(' to ')} (${value.toFixed(4)})`;
              });
            }),
          );
        });
        observer.observe({ type: 'layout-shift', buffered: true });
        // The observer does not call where nothing moved.
        setTimeout(() => resolve([]), 1000);
      }),
  );
}

describe('a run that opens', () => {
  const workbench = useWorkbench({
    folder: 'media/sample',
    context: { viewport: { width: 1280, height: 800 } },
  });

  it('moves nothing while its results come in', async () => {
    const { page } = workbench;
    await runCommand(page, 'Normscope: Open Sample Run');
    const panel = await panelFrame(page);
    await panel.locator('main').waitFor();
    await chartedPanel(page);
    await panel.locator('[data-verdict="warning"][data-stale="false"]').waitFor();
    assert.deepEqual(await shifts(panel), []);
  });
});
