import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Theme } from '../theme';
import { paintedImage, paintedVectors, setRedraw } from './redraw';

/** Paints into an empty canvas of a size in CSS pixels, in the colors of a theme. */
export type Paint = (context: CanvasRenderingContext2D, width: number, height: number, theme: Theme) => void;

interface Props {
  /** A new function paints again. */
  readonly paint: Paint;
  readonly theme: Theme;
  /** Whether it has so many cells that a picture has it as an image. */
  readonly isImage?: boolean;
  /** The description for screen readers; absent where an element beside it says the same. */
  readonly label?: string;
  readonly name: string;
}

/** A canvas that fills its container, at the resolution of the screen. */
export function PaintedCanvas({ paint, theme, isImage = false, label, name }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [{ width, height }, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const container = canvas.current?.parentElement;
    if (container == null) return undefined;
    const observer = new ResizeObserver(() =>
      setSize({ width: container.clientWidth, height: container.clientHeight }),
    );
    observer.observe(container);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (canvas.current !== null)
      setRedraw(canvas.current, (w, h, colors) =>
        (isImage ? paintedImage : paintedVectors)((into) => paint(into, w, h, colors), w, h),
      );
    if (canvas.current === null || context == null || width * height === 0) return;
    const scale = window.devicePixelRatio;
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    // Setting a size also empties the canvas.
    if (canvas.current.width !== w) canvas.current.width = w;
    if (canvas.current.height !== h) canvas.current.height = h;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    paint(context, width, height, theme);
  }, [paint, theme, isImage, width, height]);
  const hidden =
    label === undefined ? { 'aria-hidden': true } : { role: 'img' as const, 'aria-label': label };
  return (
    <div class="chart">
      <canvas ref={canvas} {...hidden} style={{ width: '100%', height: '100%' }} data-chart={name} />
    </div>
  );
}
