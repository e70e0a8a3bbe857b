/**
 * Options for each step of a dialog with several: the dialog stays open when it loses focus. Between two steps VS Code
 * returns focus to the editor, which may receive it only after the next step has opened; and a person who looks
 * something up elsewhere need not start over. Escape closes the dialog.
 */
export const STEP = { ignoreFocusOut: true } as const;
