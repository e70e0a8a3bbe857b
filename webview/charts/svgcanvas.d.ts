declare module 'svgcanvas' {
  /** A canvas whose context makes SVG elements of what is drawn. */
  export class Element {
    constructor(options: { width: number; height: number });
    getContext(type: '2d'): CanvasRenderingContext2D & { getSvg(): SVGSVGElement };
  }
}
