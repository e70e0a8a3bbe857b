import { Element } from 'svgcanvas';
import { svgElement } from './svgElement';

const ANCHORS: Readonly<Record<CanvasTextAlign, string>> = {
  left: 'start',
  start: 'start',
  center: 'middle',
  right: 'end',
  end: 'end',
};

/** Where the baseline is below the given place, in font sizes. */
const BASELINES: Readonly<Record<CanvasTextBaseline, number>> = {
  top: 0.8,
  hanging: 0.8,
  middle: 0.35,
  alphabetic: 0,
  ideographic: 0,
  bottom: -0.2,
};

/**
 * A canvas that makes vectors, and a function that returns them. Texts are made here: svgcanvas reads their font from an
 * inline style, which the security policy of the page forbids. They are above everything else, and are not clipped.
 */
export function vectorCanvas(
  width: number,
  height: number,
): { readonly canvas: Element; readonly vectors: () => SVGElement } {
  const canvas = new Element({ width, height });
  const context = canvas.getContext('2d');
  const texts: SVGElement[] = [];
  context.fillText = (text, x, y) => {
    const { style } = document.createElement('i');
    style.font = context.font;
    const { a, b, c, d, e, f } = context.getTransform();
    texts.push(
      svgElement(
        'text',
        {
          x,
          y: y + BASELINES[context.textBaseline] * Number.parseFloat(style.fontSize),
          transform: `matrix(${[a, b, c, d, e, f].join(' ')})`,
          fill: String(context.fillStyle),
          'font-family': style.fontFamily,
          'font-size': style.fontSize,
          'font-weight': style.fontWeight,
          'text-anchor': ANCHORS[context.textAlign],
        },
        text,
      ),
    );
  };
  return {
    canvas,
    vectors: () => {
      const svg = context.getSvg();
      svg.append(...texts);
      return svg;
    },
  };
}
