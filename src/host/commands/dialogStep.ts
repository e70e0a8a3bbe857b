/**
 * Options of each step of a dialog that has several: it stays open when it loses the focus. Between two steps VS Code
 * gives the focus back to the editor, which may receive it only once the next step is open; and a person who looks
 * something up elsewhere need not begin again. Escape closes it.
 */
export const STEP = { ignoreFocusOut: true } as const;
