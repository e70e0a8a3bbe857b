import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/**
 * Closes what a button opened over the panel: on Escape, which returns focus to the button, and, with `within`, on a
 * press outside that element.
 */
export function useDismiss(
  isShown: boolean,
  close: () => void,
  button: RefObject<HTMLElement | null>,
  within?: RefObject<HTMLElement | null>,
): void {
  // A layout effect: with an effect, a key pressed between drawing and the next frame would be lost.
  useLayoutEffect(() => {
    if (!isShown) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      close();
      button.current?.focus();
    };
    const onPointerDown = ({ target }: PointerEvent) => {
      if (within?.current?.contains(target as Node) === false) close();
    };
    document.addEventListener('keydown', onKeyDown);
    document.addEventListener('pointerdown', onPointerDown);
    return () => {
      document.removeEventListener('keydown', onKeyDown);
      document.removeEventListener('pointerdown', onPointerDown);
    };
  }, [isShown]);
}
