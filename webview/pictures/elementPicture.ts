import { redrawOf } from '../charts/redraw';
import { svgElement } from '../charts/svgElement';
import type { Theme } from '../theme';
import type { Recoloring } from './recolor';

/** Controls are not part of a picture: nobody can press them there. */
const CONTROLS = ['button', 'select', 'input', 'textarea', '[data-no-picture]'].join(',');

/** A rectangle in the window, in CSS pixels. */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * An element of the page as SVG, at the place that it has in the window: backgrounds, borders, texts and charts, without
 * controls. Charts are drawn again as vectors in the colors of `theme`; the rest has its computed colors, or those of
 * `recolors`.
 */
export function elementPicture(element: HTMLElement, theme: Theme, recolors: Recoloring): SVGElement {
  const { left, top, width, height } = element.getBoundingClientRect();
  const group = svgElement('g', { transform: `translate(${-left} ${-top})` });
  const box = { left, top, right: left + width, bottom: top + height };
  addElement(group, element, { theme, recolors }, box);
  return svgElement('svg', { width, height, viewBox: `0 0 ${width} ${height}` }, group);
}

/** The colors of a picture. */
interface Colors {
  readonly theme: Theme;
  readonly recolors: Recoloring;
}

function addElement(group: SVGElement, element: HTMLElement, colors: Colors, around: Box): void {
  if (element.matches(CONTROLS)) return;
  const style = getComputedStyle(element);
  if (style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0') return;
  const box = element.getBoundingClientRect();
  const isClipping = style.overflowX !== 'visible' || style.overflowY !== 'visible';
  const visible = isClipping ? intersection(box, around) : around;
  if (visible === undefined) return;
  if (intersection(box, around) !== undefined) addBox(group, box, style, colors.recolors);
  if (element instanceof HTMLCanvasElement) {
    const drawing = redrawOf(element)?.(box.width, box.height, colors.theme);
    if (drawing === undefined) return;
    drawing.setAttribute('x', String(box.left));
    drawing.setAttribute('y', String(box.top));
    group.append(drawing);
    return;
  }
  for (const child of element.childNodes) {
    if (child instanceof HTMLElement) addElement(group, child, colors, visible);
    else if (child instanceof SVGSVGElement) addDrawing(group, child, colors.recolors);
    else if (child instanceof Text) addText(group, child, style, visible);
  }
}

/** What a drawing's style sheets say, by the attribute that says it in a picture. */
const DRAWN = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'font-family',
  'font-size',
] as const;

/** Adds a drawing as it is, with its computed colors. */
function addDrawing(group: SVGElement, drawing: SVGSVGElement, recolors: Recoloring): void {
  const { left: x, top: y, width, height } = drawing.getBoundingClientRect();
  const copy = svgElement('svg', { x, y, width, height });
  for (const name of ['viewBox', 'preserveAspectRatio'])
    copy.setAttribute(name, drawing.getAttribute(name) ?? '');
  for (const part of drawing.children) {
    const drawn = part.cloneNode(true) as SVGElement;
    const style = getComputedStyle(part);
    for (const name of DRAWN) {
      const value = style.getPropertyValue(name);
      drawn.setAttribute(name, recolors.get(value) ?? value);
    }
    drawn.removeAttribute('style');
    copy.append(drawn);
  }
  group.append(copy);
}

function addBox(group: SVGElement, box: DOMRect, style: CSSStyleDeclaration, recolors: Recoloring): void {
  const { left: x, top: y, width, height } = box;
  const fill = style.backgroundImage.startsWith('linear-gradient')
    ? addGradient(group, style.backgroundImage, recolors)
    : (recolors.get(style.backgroundColor) ?? style.backgroundColor);
  if (isVisible(fill) && width * height > 0)
    group.append(
      svgElement('rect', { x, y, width, height, fill, rx: Number.parseFloat(style.borderRadius) || 0 }),
    );
  const sides = [
    ['Top', x, y, x + width, y],
    ['Right', x + width, y, x + width, y + height],
    ['Bottom', x, y + height, x + width, y + height],
    ['Left', x, y, x, y + height],
  ] as const;
  for (const [side, x1, y1, x2, y2] of sides) {
    const line = Number.parseFloat(style[`border${side}Width`]);
    const stroke = style[`border${side}Color`];
    const kind = style[`border${side}Style`];
    if (line > 0 && kind !== 'none' && isVisible(stroke))
      group.append(
        svgElement('line', {
          ...{ x1, y1, x2, y2, stroke, 'stroke-width': line },
          ...(kind === 'dashed' && { 'stroke-dasharray': '4 3' }),
        }),
      );
  }
}

function isVisible(color: string): boolean {
  return color !== 'transparent' && !/^rgba\(.*,\s*0\)$/u.test(color) && !/\/\s*0\)$/u.test(color);
}

let gradients = 0;

/** Adds a gradient to the right with the colors of a CSS one, and returns the fill that uses it. */
function addGradient(group: SVGElement, css: string, recolors: Recoloring): string {
  const stops = css.match(/(?:rgba?|color|oklch|lab)\([^)]*\)(?:\s+[\d.]+%)?/gu) ?? [];
  const id = `normscope-gradient-${++gradients}`;
  const elements = stops.map((stop, i) => {
    const at = /\)\s+([\d.]+)%$/u.exec(stop)?.[1];
    const offset = at === undefined ? (100 * i) / Math.max(1, stops.length - 1) : Number(at);
    const color = stop.replace(/\)\s.*$/u, ')');
    return svgElement('stop', { offset: `${offset}%`, 'stop-color': recolors.get(color) ?? color });
  });
  group.append(svgElement('linearGradient', { id }, ...elements));
  return `url(#${id})`;
}

/** Adds a text line by line, each cut with an ellipsis where its container cuts it. */
function addText(group: SVGElement, text: Text, style: CSSStyleDeclaration, visible: Box): void {
  for (const { content, box } of linesOf(text)) {
    const shown = intersection(box, visible);
    const isInside = shown !== undefined && 2 * (shown.bottom - shown.top) > box.bottom - box.top;
    if (content.trim() === '' || !isInside) continue;
    const part = (visible.right - box.left) / (box.right - box.left);
    const cut =
      part >= 0.99 ? content : `${content.slice(0, Math.max(0, Math.floor(part * content.length) - 1))}…`;
    group.append(
      svgElement(
        'text',
        {
          x: box.left,
          // The baseline: a fifth of the font's size is below it.
          y: (box.top + box.bottom) / 2 + 0.35 * Number.parseFloat(style.fontSize),
          fill: style.color,
          'font-family': style.fontFamily,
          'font-size': style.fontSize,
          'font-weight': style.fontWeight,
          'font-style': style.fontStyle,
          'xml:space': 'preserve',
        },
        cut,
      ),
    );
  }
}

/** The lines that a text is broken into, each with its place. */
function linesOf(text: Text): readonly { readonly content: string; readonly box: Box }[] {
  const range = document.createRange();
  const lines: { content: string; box: Box }[] = [];
  for (const { 0: word, index } of text.data.matchAll(/\S+|\s+/gu)) {
    range.setStart(text, index);
    range.setEnd(text, index + word.length);
    const { left, top, right, bottom } = range.getBoundingClientRect();
    if (right === left) continue;
    const content = word.replace(/\s+/gu, ' ');
    const last = lines.at(-1);
    if (last !== undefined && 2 * Math.abs(last.box.top - top) < bottom - top) {
      last.content += content;
      last.box = { ...last.box, right };
    } else lines.push({ content, box: { left, top, right, bottom } });
  }
  return lines;
}

function intersection(a: Box, b: Box): Box | undefined {
  const box = {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
  return box.right > box.left && box.bottom > box.top ? box : undefined;
}
