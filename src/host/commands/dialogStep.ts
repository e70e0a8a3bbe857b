/**
 * Options for each step of a dialog with several steps: the dialog stays open when it loses focus. Between two steps, VS
 * Code returns focus to the editor, which may receive it only after the next step has opened. Also, a person who looks
 * something up elsewhere does not have to start over. Escape closes the dialog.
 */
export const STEP = { ignoreFocusOut: true } as const;
