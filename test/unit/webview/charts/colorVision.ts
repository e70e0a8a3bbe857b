import { type Lab, labOfLinear, linear, luminanceOf } from '../../../../webview/charts/colorSpace';
import { parseColor } from '../../../../webview/charts/colors';
import { readTheme, type Theme } from '../../../../webview/theme';

/** Colors of VS Code's own themes, as its variables have them in a webview (VS Code 1.139), and of print.css. */
const VARIABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Dark Modern': {
    'editor-foreground': '#cccccc',
    'editor-background': '#1f1f1f',
    'charts-blue': '#59a4f9',
    'charts-yellow': '#cca700',
    'charts-green': '#89d185',
    'charts-purple': '#b180d7',
    'charts-red': '#f14c4c',
  },
  'Light Modern': {
    'editor-foreground': '#3b3b3b',
    'editor-background': '#ffffff',
    'charts-blue': '#0063d3',
    'charts-yellow': '#bf8803',
    'charts-green': '#388a34',
    'charts-purple': '#652d90',
    'charts-red': '#e51400',
  },
  'Dark High Contrast': {
    'editor-foreground': '#ffffff',
    'editor-background': '#000000',
    'charts-blue': '#59a4f9',
    'charts-yellow': '#ffd370',
    'charts-green': '#89d185',
    'charts-purple': '#b180d7',
    'charts-red': '#f48771',
  },
  'Light High Contrast': {
    'editor-foreground': '#292929',
    'editor-background': '#ffffff',
    'charts-blue': '#0063d3',
    'charts-yellow': '#895503',
    'charts-green': '#374e06',
    'charts-purple': '#652d90',
    'charts-red': '#b5200d',
  },
  print: {
    'editor-foreground': '#000000',
    'editor-background': '#ffffff',
    'charts-blue': '#0050b3',
    'charts-yellow': '#946200',
    'charts-green': '#1a7a3c',
    'charts-purple': '#652d90',
    'charts-red': '#c4161c',
  },
};

/** VS Code's own themes and print, as the panel reads them. */
export function themes(): readonly (readonly [name: string, theme: Theme])[] {
  const scope = globalThis as { getComputedStyle?: unknown };
  const before = scope.getComputedStyle;
  try {
    return Object.entries(VARIABLES).map(([name, variables]) => {
      scope.getComputedStyle = () => ({
        getPropertyValue: (variable: string) => variables[variable.replace('--vscode-', '')] ?? '',
      });
      return [name, readTheme({} as Element)] as const;
    });
  } finally {
    scope.getComputedStyle = before;
  }
}

type Matrix = readonly (readonly [number, number, number])[];

/** Of linear red, green and blue, at full severity [Machado, Oliveira & Fernandes 2009, table 1]. */
export const DEFICIENCIES: Readonly<Record<string, Matrix>> = {
  none: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** The color as a person with a deficiency sees it. */
export function seen(color: string, matrix: Matrix): Lab {
  const [r, g, b] = linear(parseColor(color));
  const [red, green, blue] = matrix.map((row) =>
    Math.min(1, Math.max(0, row[0] * r + row[1] * g + row[2] * b)),
  );
  return labOfLinear([red, green, blue]);
}

/** CIE 1976 color difference. */
export function difference(a: Lab, b: Lab): number {
  return Math.hypot(a.l - b.l, a.a - b.a, a.b - b.b);
}

export function contrast(a: string, b: string): number {
  const [low, high] = [luminanceOf(a), luminanceOf(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
