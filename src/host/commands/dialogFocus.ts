/**
 * Options of every dialog: it stays open when it loses focus. When the command palette or the step before closes, VS Code
 * returns focus to the panel, which may receive it only after the dialog has opened. Also, a person who looks something
 * up elsewhere does not have to start over. Escape closes the dialog.
 */
export const STAYS_OPEN = { ignoreFocusOut: true } as const;
