import type { Method } from '../src/model/analysis';

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
  return {
    foreground,
    muted: color('descriptionForeground', foreground),
    background: color('editor-background', '#ffffff'),
    grid: color('charts-lines', foreground),
    accent: color('focusBorder', foreground),
    error: color('charts-red', color('errorForeground', '#e51400')),
    methods: {
      none: foreground,
      batch: color('charts-blue', '#3794ff'),
      layer: color('charts-yellow', '#cca700'),
      instance: color('charts-green', '#89d185'),
      group: color('charts-purple', '#b180d7'),
      // Not the theme's red, which means an error. The theme's orange is almost invisible in Dark Modern.
      rms: color('terminal-ansiCyan', '#11a8cd'),
    },
    fontFamily: style.getPropertyValue('--vscode-font-family').trim() || 'sans-serif',
  };
}

/** Calls the listener when the theme changes: VS Code rewrites the body's classes and the root's variables. */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  return () => observer.disconnect();
}
