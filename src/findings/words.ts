import { t } from '@vscode/l10n';
import { listed } from './input';

/** Extends a sentence about one layer by the names of all layers that it applies to, if there are several. */
export function holdsIn(sentence: string, names: readonly string[]): string {
  return names.length < 2
    ? sentence
    : t('{0} {1} layers are affected: {2}.', sentence, names.length, listed(names));
}
