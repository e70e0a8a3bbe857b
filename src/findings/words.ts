import { t } from '@vscode/l10n';
import type { RecordDType } from '../model/catalog';
import type { NarrowFormat } from '../model/numberFormats';
import { listed } from './input';

/** Extends a sentence about one layer by the names of all layers that it applies to, if there are several. */
export function holdsIn(sentence: string, names: readonly string[]): string {
  return names.length < 2
    ? sentence
    : t('{0} {1} layers are affected: {2}.', sentence, names.length, listed(names));
}

/** Largest finite number of a type, as its documentation writes it. */
export const LARGEST: Readonly<Record<NarrowFormat, string> & Partial<Record<RecordDType, string>>> = {
  float16: '65,504',
  bfloat16: '3.39e38',
  float32: '3.40e38',
  float8_e4m3fn: '448',
  float8_e5m2: '57,344',
};
