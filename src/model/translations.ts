import { config } from '@vscode/l10n';

/** The texts of a display language, by their English text. */
export type Translations = Readonly<Record<string, string>>;

let current: Translations | undefined;

/**
 * Sets the language of `t`. Every bundle has its own copy of this module: the host passes the texts of
 * `vscode.l10n.bundle` on to the kernel, the compute workers, the readers and the webview. `undefined` is English.
 */
export function setTranslations(translations: Translations | undefined): void {
  current = translations;
  config({ contents: translations ?? {} });
}

/** What {@link setTranslations} was given last, to pass on. */
export function translations(): Translations | undefined {
  return current;
}
