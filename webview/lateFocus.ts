/**
 * Keeps the panel from taking focus that it no longer has.
 *
 * VS Code focuses the frame around a panel at once, and 50 ms later sends that frame a message to focus the panel's own
 * window. A person who has opened the command palette or a dialog in the meantime would lose focus to the panel, and
 * what they opened would close. The frame's document knows whether it still has focus.
 */
export function refuseLateFocus(): void {
  const focus = window.focus.bind(window);
  let frame: Document | undefined;
  window.addEventListener('message', ({ source }) => {
    frame ??= documentOf(source);
  });
  window.focus = () => {
    if (frame === undefined || frame.hasFocus()) focus();
  };
}

/** The document of the window that sent a message; undefined if it is of another origin or not a window. */
function documentOf(source: MessageEventSource | null): Document | undefined {
  try {
    return source !== null && 'document' in source ? source.document : undefined;
  } catch {
    return undefined;
  }
}
