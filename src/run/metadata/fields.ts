import { t } from '@vscode/l10n';
import * as v from 'valibot';

/** A value's schema, and a phrase for messages that says what is expected. */
export interface Field<T> {
  readonly schema: v.GenericSchema<unknown, T>;
  readonly expected: () => string;
  /** Whether the value fits and stays as it is, said faster: a run has thousands of values that recorders wrote. */
  readonly accepts?: (value: unknown) => boolean;
}
type Values<F> = { -readonly [K in keyof F]?: F[K] extends Field<infer T> ? T : never };

export function field<T>(
  schema: v.GenericSchema<unknown, T>,
  expected: () => string,
  accepts?: (value: unknown) => boolean,
): Field<T> {
  return { schema, expected, ...(accepts && { accepts }) };
}

/** A field whose values are as they are, if `accepts` says so. */
export function plainField<T>(accepts: (value: unknown) => value is T, expected: () => string): Field<T> {
  return { schema: v.custom<T>(accepts), expected, accepts };
}

export const text = plainField(
  (value): value is string => typeof value === 'string' && /\S/u.test(value),
  () => t('a non-empty string'),
);

export const flag = plainField(
  (value): value is boolean => typeof value === 'boolean',
  () => t('true or false'),
);

export function wholeNumber(least: number): Field<number> {
  return plainField(
    (value): value is number => Number.isSafeInteger(value) && Number(value) >= least,
    () => t('an integer >= {0}', least),
  );
}

/** One of a list of words. */
export function oneOf<T extends string>(words: readonly T[], expected: () => string): Field<T> {
  const known: ReadonlySet<unknown> = new Set(words);
  return plainField((value): value is T => known.has(value), expected);
}

/** Reports that the value at a JSON path is invalid. */
export type Report = (at: string, expected: string, found: unknown) => void;

/**
 * Reads an object's known properties; each that does not fit is reported and skipped. `at` makes the JSON path in front.
 */
export function readFields<F extends Readonly<Record<string, Field<unknown>>>>(
  fields: F,
  value: Readonly<Record<string, unknown>>,
  at: () => string,
  report: Report,
): Values<F> {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    if (!Object.hasOwn(value, name)) continue;
    const read = readField(fields[name], value[name]);
    if (read === undefined) report(`${at()}${name}`, fields[name].expected(), value[name]);
    else values[name] = read;
  }
  return values as Values<F>;
}

/** Undefined if the value does not fit. */
function readField<T>({ schema, accepts }: Field<T>, value: unknown): unknown {
  if (accepts?.(value)) return value;
  const result = v.safeParse(schema, value, { abortEarly: true });
  return result.success ? result.output : undefined;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
