import { svgElement } from '../charts/svgElement';
import type { Theme } from '../theme';

const MARGIN = 16;
const LINE = 16;
const FONT_SIZE = 11;
/** Width of a character of the caption, in font sizes: lines are broken by it. */
const CHARACTER = 0.55;

/** A picture with a background, a margin and a caption below, which is also its description for screen readers. */
export function captioned(body: SVGElement, caption: readonly string[], theme: Theme): SVGElement {
  const [width, height] = [Number(body.getAttribute('width')), Number(body.getAttribute('height'))];
  body.setAttribute('x', String(MARGIN));
  body.setAttribute('y', String(MARGIN));
  const room = Math.max(30, Math.floor(width / (FONT_SIZE * CHARACTER)));
  const lines = caption.flatMap((line) => wrapped(line, room));
  const [w, h] = [width + 2 * MARGIN, height + 2 * MARGIN + LINE * (lines.length + 0.5)];
  const texts = lines.map((line, i) =>
    svgElement(
      'text',
      {
        x: MARGIN,
        y: MARGIN + height + LINE * (i + 1.5),
        fill: theme.muted,
        'font-family': theme.fontFamily,
        'font-size': `${FONT_SIZE}px`,
      },
      line,
    ),
  );
  return svgElement(
    'svg',
    { width: w, height: h, viewBox: `0 0 ${w} ${h}`, role: 'img' },
    svgElement('desc', {}, caption.join('\n')),
    svgElement('rect', { width: w, height: h, fill: theme.background }),
    body,
    ...texts,
  );
}

/** A line broken at its separators, into lines of at most `room` characters where it can be. */
function wrapped(line: string, room: number): readonly string[] {
  const lines: string[] = [];
  for (const part of line.split(' · ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 3 + part.length <= room)
      lines[lines.length - 1] = `${last} · ${part}`;
    else lines.push(part);
  }
  return lines;
}
