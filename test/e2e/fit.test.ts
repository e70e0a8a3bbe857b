import type { CDPSession, Frame } from 'playwright-core';
import { panelFrame, runCommand } from '../vscode/workbench.mjs';
import { chartedPanel, fillsPlaces, until } from './panel';
import { useWorkbench } from './session.mjs';

const SCREEN = { width: 1280, height: 800 };

/** Fonts with the line heights of DejaVu Sans and of Noto Sans, made from whichever font the machine has. */
const FONTS = [
  { family: 'Low', ascentOverride: '93%', descentOverride: '24%', lineGapOverride: '0%', sizeAdjust: '100%' },
  {
    family: 'High',
    ascentOverride: '107%',
    descentOverride: '30%',
    lineGapOverride: '0%',
    sizeAdjust: '97%',
  },
] as const;
const INSTALLED = ['DejaVu Sans', 'Liberation Sans', 'Noto Sans', 'Arial', 'Helvetica', 'Segoe UI'];

/** VS Code's own size is 13 px. */
const FONT_SIZES = [11, 13, 16];

/**
 * The largest font size that fits without scrolling. Larger ones scroll, and so does 150 %, at which the six methods take
 * two rows and the numbers are below the map.
 */
const ZOOMS = [
  { percent: 100, fitsUpTo: 16 },
  { percent: 125, fitsUpTo: 13 },
  { percent: 150, fitsUpTo: 0 },
];

/** Zooms like a browser: the page has fewer, larger pixels. Resolves to its width. */
async function zoom(devtools: CDPSession, percent: number): Promise<number> {
  const scale = percent / 100;
  const [width, height] = [Math.round(SCREEN.width / scale), Math.round(SCREEN.height / scale)];
  const screen = { width, height, deviceScaleFactor: scale, mobile: false };
  await devtools.send('Emulation.setDeviceMetricsOverride', screen);
  return width;
}

async function addFonts(panel: Frame): Promise<void> {
  await panel.evaluate(
    async ({ fonts, installed }) => {
      const source = installed.map((name) => `local("${name}")`).join(', ');
      for (const { family, ...descriptors } of fonts) {
        const font = new FontFace(family, source, descriptors as FontFaceDescriptors);
        document.fonts.add(await font.load());
      }
    },
    { fonts: FONTS, installed: INSTALLED },
  );
}

async function useFont(panel: Frame, family: string, size: number): Promise<void> {
  await panel.evaluate(
    (font) => {
      const { style } = document.documentElement;
      style.setProperty('--vscode-font-family', font.family);
      style.setProperty('--vscode-font-size', `${font.size}px`);
    },
    { family, size },
  );
}

/** How far the content extends beyond the panel, and the heights of the charts and their minimum heights, in pixels. */
function measure(panel: Frame) {
  return panel.evaluate(() => {
    const app = document.querySelector('#app') as HTMLElement;
    const charts = [...document.querySelectorAll<HTMLElement>('.column > .chart, .distribution, .map-keys')];
    return {
      width: window.innerWidth,
      below: app.scrollHeight - app.clientHeight,
      beside: app.scrollWidth - app.clientWidth,
      heights: charts.map(({ clientHeight }) => clientHeight),
      // The map is not higher than its rows need.
      floors: charts.map((chart) => {
        const { flexBasis, maxHeight } = getComputedStyle(chart);
        return Math.min(
          Number.parseFloat(flexBasis),
          Number.parseFloat(maxHeight) || Number.POSITIVE_INFINITY,
        );
      }),
    };
  });
}

type Measured = Awaited<ReturnType<typeof measure>>;

describe('the panel on a screen of 1280 × 800', () => {
  const workbench = useWorkbench({ folder: 'media/sample', context: { viewport: SCREEN } });
  /** Pixels of the screen's width that VS Code itself takes. */
  let chrome = 0;
  /** The zoom lasts as long as this session. */
  let devtools: CDPSession;

  before(async function () {
    this.timeout(120_000);
    const { page } = workbench;
    await runCommand(page, 'Normscope: Open Sample Run');
    const panel = await chartedPanel(page);
    await panel.locator('[data-verdict="warning"][data-stale="false"]').waitFor();
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
    const widths = () => panel.evaluate(() => window.innerWidth);
    const wide = await until(
      widths,
      (width) => width > 0.9 * SCREEN.width,
      (width) => `The panel is ${width} pixels wide beside a side bar that should be hidden.`,
    );
    chrome = SCREEN.width - wide;
    await addFonts(panel);
    devtools = await page.context().newCDPSession(page);
  });

  for (const { percent, fitsUpTo } of ZOOMS) {
    it(
      fitsUpTo > 0
        ? `fits at ${percent} % with any font of up to ${fitsUpTo} px`
        : `scrolls at ${percent} % only if its charts have their minimum heights`,
      async () => {
        const panel = await panelFrame(workbench.page);
        const width = (await zoom(devtools, percent)) - chrome;
        for (const { family } of FONTS) {
          for (const size of FONT_SIZES) {
            await useFont(panel, family, size);
            await until(
              async () => ({ ...(await measure(panel)), isDrawn: await fillsPlaces(panel) }),
              (measured) =>
                measured.isDrawn && measured.width === width && isRight(measured, size <= fitsUpTo),
              (measured) => `Font ${family}, ${size} px: ${JSON.stringify(measured)}`,
            );
          }
        }
      },
    );
  }
});

/** Nothing extends beyond the right edge, or below the lower edge unless all charts have their minimum heights. */
function isRight({ below, beside, heights, floors }: Measured, fits: boolean): boolean {
  if (beside > 0 || heights.some((height, i) => height < Math.floor(floors[i]))) return false;
  return below <= 0 || (!fits && heights.every((height, i) => height <= Math.ceil(floors[i]) + 1));
}
