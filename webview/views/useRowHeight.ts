import { useEffect, useRef, useState } from 'preact/hooks';
import { type RowSpace, rowHeightAt } from '../charts/rowHeight';

/** The element in which rows scroll, the room in it, and how high they are. */
export interface MeasuredRows {
  readonly scroller: { current: HTMLDivElement | null };
  readonly space: RowSpace;
  readonly rowHeight: number;
}

/** Measures the room for rows in an element, to be set as its `ref`, and how high they are with a zoom. */
export function useRowHeight(rows: number, zoom: number): MeasuredRows {
  const scroller = useRef<HTMLDivElement>(null);
  const space: RowSpace = { rows, ...useHeight(scroller) };
  return { scroller, space, rowHeight: rowHeightAt(space, zoom) };
}

/** The height of an element and the font size in it, in pixels. */
function useHeight(of: { current: HTMLElement | null }): { height: number; fontSize: number } {
  const [size, setSize] = useState({ height: 0, fontSize: 13 });
  useEffect(() => {
    const element = of.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() =>
      setSize({
        height: element.clientHeight,
        fontSize: Number.parseFloat(getComputedStyle(element).fontSize) || 13,
      }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return size;
}
