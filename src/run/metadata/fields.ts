import { t } from '@vscode/l10n';
import * as v from 'valibot';

/** A value's schema, and a phrase for messages that says what is expected. */
export interface Field<T> {
  readonly schema: v.GenericSchema<unknown, T>;
  readonly expected: () => string;
}
type Values<F> = { -readonly [K in keyof F]?: F[K] extends Field<infer T> ? T : never };

export function field<T>(schema: v.GenericSchema<unknown, T>, expected: () => string): Field<T> {
  return { schema, expected };
}

export const text = field(v.pipe(v.string(), v.regex(/\S/u)), () => t('a non-empty string'));

export function wholeNumber(least: number): Field<number> {
  return field(v.pipe(v.number(), v.safeInteger(), v.minValue(least)), () => t('an integer >= {0}', least));
}

/** Reports that the value at a JSON path is invalid. */
export type Report = (at: string, expected: string, found: unknown) => void;

/** Reads an object's known properties; each that does not fit is reported and skipped. `at`: JSON path in front. */
export function readFields<F extends Readonly<Record<string, Field<unknown>>>>(
  fields: F,
  value: Readonly<Record<string, unknown>>,
  at: string,
  report: Report,
): Values<F> {
  const values: Record<string, unknown> = {};
  for (const [name, { schema, expected }] of Object.entries(fields)) {
    if (!Object.hasOwn(value, name)) continue;
    const result = v.safeParse(schema, value[name], { abortEarly: true });
    if (result.success) values[name] = result.output;
    else report(`${at}${name}`, expected(), value[name]);
  }
  return values as Values<F>;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
