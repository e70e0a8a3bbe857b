import { t } from '@vscode/l10n';
import { listed } from './input';

/** A sentence about one layer, with the names of all for which the same holds if they are several. */
export function holdsIn(sentence: string, names: readonly string[]): string {
  return names.length < 2
    ? sentence
    : t('{0} The same holds in {1} layers in all: {2}.', sentence, names.length, listed(names));
}
