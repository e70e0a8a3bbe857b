const SVG = 'http://www.w3.org/2000/svg';

/** An SVG element with attributes and children. Numbers are rounded to hundredths of a pixel. */
export function svgElement(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly (SVGElement | string)[]
): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, typeof value === 'number' ? String(Math.round(100 * value) / 100) : value);
  element.append(...children);
  return element;
}
