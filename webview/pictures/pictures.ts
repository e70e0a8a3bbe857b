import { t } from '@vscode/l10n';
import type { PictureChoice, PictureFile, PictureRequest } from '../../src/protocol/panelApi';
import { redrawOf } from '../charts/redraw';
import { select } from '../state/selection';
import type { AppState } from '../state/store';
import { readTheme, type Theme } from '../theme';
import { captionOf } from './caption';
import { captioned } from './captioned';
import { elementPicture } from './elementPicture';
import { methodsOf, PAPER_FIGURES, paperFigure } from './paperFigures';
import { pngBytes } from './png';
import { type Recoloring, recoloring } from './recolor';

/** Parts of the page that are pictures as a whole, by selector. */
const PARTS = [
  { id: 'panel', selector: 'main', label: () => t('The whole panel') },
  { id: 'overview', selector: '.overview', label: () => t('Map and depth') },
  { id: 'inspector', selector: '.inspector', label: () => t('The visible tab') },
] as const;

/** A picture that shows one chart has the id `chart:` and the chart's name. */
const CHART = 'chart:';

/** The pictures that can be made of what is drawn: parts of the page, figures of papers, and each chart. */
export function pictures({ data, view }: AppState): readonly PictureChoice[] {
  const selection = data === undefined ? undefined : select(data, view);
  if (data === undefined || selection === undefined) return [];
  const percentiles = t('percentiles {0}', data.options.percentiles.join(', '));
  return [
    ...PARTS.filter(({ selector }) => document.querySelector(selector) !== null).map(({ id, label }) => ({
      id,
      label: label(),
      description: '',
    })),
    ...PAPER_FIGURES.filter((figure) => methodsOf(figure, selection).length > 1).map(({ id, label }) => ({
      id,
      label: label(),
      description: percentiles,
    })),
    ...charts().map((canvas) => ({
      id: `${CHART}${canvas.dataset['chart']}`,
      label: canvas.ariaLabel ?? '',
      description: t('chart'),
    })),
  ];
}

/** Makes a picture, with a caption. */
export async function picture({ data, view }: AppState, request: PictureRequest): Promise<PictureFile> {
  const selection = data === undefined ? undefined : select(data, view);
  if (data === undefined || selection === undefined) throw new Error(t('There is nothing to show yet.'));
  const svg = inColors(request.colors, (theme, colors) => {
    const paper = PAPER_FIGURES.find(({ id }) => id === request.id);
    const body =
      paper === undefined
        ? elementPicture(elementOf(request.id), theme, colors)
        : paperFigure(paper, data, selection, theme);
    return captioned(body, captionOf(data, selection, request.version), theme);
  });
  const text = new XMLSerializer().serializeToString(svg);
  return { bytes: request.format === 'png' ? await pngBytes(text) : new TextEncoder().encode(text) };
}

/**
 * Calls `draw` with the colors of a picture. For print, the page has those colors meanwhile; browsers show a page only when
 * a task is over, so nobody sees it.
 */
function inColors(
  colors: PictureRequest['colors'],
  draw: (theme: Theme, recolors: Recoloring) => SVGElement,
): SVGElement {
  const screen = readTheme();
  const app = document.getElementById('app');
  if (colors === 'theme' || app === null) return draw(screen, new Map());
  app.dataset['print'] = '';
  try {
    const print = readTheme(app);
    return draw(print, recoloring(screen, print));
  } finally {
    delete app.dataset['print'];
  }
}

function elementOf(id: string): HTMLElement {
  const part = PARTS.find((each) => each.id === id);
  const element =
    part === undefined
      ? charts().find(({ dataset }) => `${CHART}${dataset['chart']}` === id)
      : document.querySelector<HTMLElement>(part.selector);
  if (element == null) throw new Error(t('The panel no longer shows what this picture is of. Try again.'));
  return element;
}

/** The charts with a description of their own. */
function charts(): readonly HTMLCanvasElement[] {
  return [...document.querySelectorAll<HTMLCanvasElement>('canvas[data-chart][aria-label]')].filter(
    (canvas) => redrawOf(canvas) !== undefined && canvas.clientWidth > 0,
  );
}
