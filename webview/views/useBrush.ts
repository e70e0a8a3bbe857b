import { useRef, useState } from 'preact/hooks';

/** Pixels that a pointer moves, at least, to choose a range in place of one column or row. */
const DRAGGED = 5;

/** A range of columns or rows that is being chosen with the pointer, first and last. */
export type Brushed = readonly [first: number, last: number];

type PointerTarget = PointerEvent & { readonly currentTarget: HTMLElement };

/** Chooses a range by dragging over an element that has `columns` columns. */
export function useBrush(columns: number, onBrush: (range: Brushed) => void) {
  return useDrag('clientX', (event) => columnOf(event, columns), onBrush);
}

/** The column of `columns` at which an event took place. */
export function columnOf(
  { currentTarget, clientX }: MouseEvent & { readonly currentTarget: HTMLElement },
  columns: number,
): number {
  const box = currentTarget.getBoundingClientRect();
  return Math.min(columns - 1, Math.max(0, Math.floor(((clientX - box.left) / box.width) * columns)));
}

/**
 * Chooses a range of what `placeOf` counts by dragging in one direction. `wasDragged` says whether the click that ends a
 * press belongs to a drag.
 */
export function useDrag(
  along: 'clientX' | 'clientY',
  placeOf: (event: PointerTarget) => number,
  onBrush: (range: Brushed) => void,
) {
  const [brushed, setBrushed] = useState<Brushed>();
  const pressed = useRef<{ from: number; place: number; isDragged: boolean } | undefined>(undefined);
  const rangeOf = (event: PointerTarget): Brushed | undefined => {
    if (pressed.current?.isDragged !== true) return undefined;
    const [a, b] = [pressed.current.place, placeOf(event)];
    return [Math.min(a, b), Math.max(a, b)];
  };
  return {
    brushed,
    wasDragged: () => pressed.current?.isDragged === true,
    handlers: {
      onPointerDown: (event: PointerTarget) => {
        pressed.current = undefined;
        if (event.button === 0)
          pressed.current = { from: event[along], place: placeOf(event), isDragged: false };
      },
      onPointerMove: (event: PointerTarget) => {
        const { current } = pressed;
        if (current === undefined || event.buttons !== 1) return;
        if (!current.isDragged && Math.abs(event[along] - current.from) >= DRAGGED) {
          current.isDragged = true;
          event.currentTarget.setPointerCapture(event.pointerId);
        }
        setBrushed(rangeOf(event));
      },
      onPointerUp: (event: PointerTarget) => {
        const range = rangeOf(event);
        setBrushed(undefined);
        if (range !== undefined && range[1] > range[0]) onBrush(range);
      },
      onPointerCancel: () => {
        pressed.current = undefined;
        setBrushed(undefined);
      },
    },
  };
}
