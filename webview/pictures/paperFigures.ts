import { t } from '@vscode/l10n';
import { isDefined, type Method } from '../../src/model/analysis';
import { type Bands, bandsChart, bandsRange } from '../charts/bandsChart';
import { BandTable } from '../charts/bandTable';
import { chartVectors } from '../charts/redraw';
import { svgElement } from '../charts/svgElement';
import { methodName } from '../format';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import type { Theme } from '../theme';

/** A figure of a paper, of the layer in view. */
export interface PaperFigure {
  readonly id: string;
  readonly label: () => string;
  /** One part for each method, side by side. */
  readonly methods: readonly Method[];
}

export const PAPER_FIGURES: readonly PaperFigure[] = [
  {
    id: 'ioffe-szegedy',
    label: () => t('Figure 1 (b, c) of Ioffe & Szegedy 2015: Raw and Batch'),
    methods: ['none', 'batch'],
  },
  {
    id: 'wu-he',
    label: () => t('Figure 6 of Wu & He 2018: Raw, Batch and Group'),
    methods: ['none', 'batch', 'group'],
  },
];

/** Size of a part, in CSS pixels. */
const WIDTH = 300;
const HEIGHT = 200;
const GAP = 16;
const HEAD = 22;

/** The methods of a figure that the layer in view has bands of. */
export function methodsOf({ methods }: PaperFigure, { summary }: Selection): readonly Method[] {
  return methods.filter((method) => {
    const of = summary?.methods[method];
    return of !== undefined && isDefined(of);
  });
}

/** Percentiles over training, one part for each method; the normalized ones share their y-axis, as in the papers. */
export function paperFigure(
  figure: PaperFigure,
  { summaries, options }: RunData,
  selection: Selection,
  theme: Theme,
): SVGElement {
  const { series, record } = selection;
  const table = new BandTable();
  table.take(series, summaries, options.percentiles);
  const methods = methodsOf(figure, selection);
  const shared = sharedRange(
    methods.filter((method) => method !== 'none').map((method) => table.bandsOf(method)),
  );
  const parts = methods.flatMap((method, i) => {
    const chart = bandsChart(table.bandsOf(method), {
      color: theme.methods[method],
      theme,
      yRange: method === 'none' ? undefined : shared,
      step: record.step,
      reference: undefined,
      onStep: () => undefined,
    });
    const { scales } = chart.options ?? {};
    const titled = {
      ...chart,
      options: {
        ...chart.options,
        scales: {
          x: { ...scales?.['x'], title: titleOf(t('step'), theme) },
          y: { ...scales?.['y'], title: titleOf(method === 'none' ? 'x' : 'x̂', theme) },
        },
        plugins: { ...chart.options?.plugins, markers: { lines: [] } },
      },
    };
    const vectors = chartVectors(titled, WIDTH, HEIGHT);
    vectors.setAttribute('x', String(i * (WIDTH + GAP)));
    vectors.setAttribute('y', String(HEAD));
    const head = { x: i * (WIDTH + GAP), y: 14, fill: theme.foreground };
    const font = { 'font-family': theme.fontFamily, 'font-size': '13px', 'font-weight': '600' };
    return [svgElement('text', { ...head, ...font }, methodName(method)), vectors];
  });
  const [width, height] = [methods.length * (WIDTH + GAP) - GAP, HEAD + HEIGHT];
  return svgElement('svg', { width, height, viewBox: `0 0 ${width} ${height}` }, ...parts);
}

function titleOf(text: string, theme: Theme) {
  return {
    display: true,
    text,
    color: theme.muted,
    padding: 0,
    font: { family: theme.fontFamily, size: 11 },
  };
}

function sharedRange(all: readonly Bands[]) {
  const ranges = all.flatMap((bands) => bandsRange(bands) ?? []);
  return ranges.length === 0
    ? undefined
    : { min: Math.min(...ranges.map(({ min }) => min)), max: Math.max(...ranges.map(({ max }) => max)) };
}
