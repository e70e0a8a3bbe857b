import type { Method } from '../src/model/analysis';
import { labOf, rgbOfLch } from './charts/colorSpace';

/** The colors of the editor's theme that charts use, because a canvas cannot read CSS variables. */
export interface Theme {
  readonly foreground: string;
  readonly muted: string;
  readonly background: string;
  readonly grid: string;
  readonly accent: string;
  readonly error: string;
  readonly methods: Readonly<Record<Method, string>>;
  readonly fontFamily: string;
}

/** The theme of an element: the editor's, or that of print. */
export function readTheme(element: Element = document.body): Theme {
  const style = getComputedStyle(element);
  const color = (name: string, fallback: string) =>
    style.getPropertyValue(`--vscode-${name}`).trim() || fallback;
  const foreground = color('editor-foreground', color('foreground', '#808080'));
  const background = color('editor-background', '#ffffff');
  return {
    foreground,
    muted: color('descriptionForeground', foreground),
    background,
    grid: color('charts-lines', foreground),
    accent: color('focusBorder', foreground),
    error: color('charts-red', color('errorForeground', '#e51400')),
    methods: {
      none: foreground,
      batch: color('charts-blue', '#3794ff'),
      layer: color('charts-yellow', '#cca700'),
      instance: color('charts-green', '#89d185'),
      group: color('charts-purple', '#b180d7'),
      rms: roseOn(background),
    },
    fontFamily: style.getPropertyValue('--vscode-font-family').trim() || 'sans-serif',
  };
}

/**
 * A color that a theme does not have: with any color blindness, it differs from those of the other methods and from
 * the red of errors, which the theme's cyan, orange, and red do not.
 */
function roseOn(background: string): string {
  return labOf(background).l < 50 ? rgbOfLch(50, 50, 0) : rgbOfLch(60, 70, 0);
}

/** Calls the listener when the theme changes: VS Code rewrites the body's classes and the root's variables. */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  return () => observer.disconnect();
}
