import { t } from '@vscode/l10n';
import type { Method, NonFiniteKind } from '../src/model/analysis';

/** The name of a method, as people call it. */
export function methodName(method: Method): string {
  switch (method) {
    case 'none':
      return t('Raw');
    case 'batch':
      return t('Batch');
    case 'layer':
      return t('Layer');
    case 'instance':
      return t('Instance');
    case 'group':
      return t('Group');
    case 'rms':
      return t('RMS');
  }
}

export const NON_FINITE_SYMBOLS: Readonly<Record<NonFiniteKind, string>> = {
  nan: 'NaN',
  posInf: '+Inf',
  negInf: '−Inf',
};

/** A figure to `digits` significant digits, without zeros at its end, with a true minus sign; a dash where there is none. */
export function figure(value: number | undefined | null, digits = 4): string {
  if (value === undefined || value === null || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  const text =
    magnitude >= 1e6 || magnitude < 1e-4
      ? value
          .toExponential(digits - 2)
          .replace(/\.?0+e/, 'e')
          .replace('e+', 'e')
      : String(Number(value.toPrecision(digits)));
  return text.replaceAll('-', '−');
}

/** A value of a scalar: NaN is one of its values. */
export function scalarText(value: number | undefined): string {
  return Number.isNaN(value) ? 'NaN' : figure(value);
}

/** A count with its thousands apart. */
export function count(value: number): string {
  // Not toLocaleString, which loads the rules of a language for as long as two frames.
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ' ');
}

/** Part of a whole in percent: only nothing is 0 %, only everything is 100 %. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %';
  const value = (100 * part) / whole;
  if (value < 0.1) return '<0.1 %';
  return value > 99.9 && part < whole ? '>99.9 %' : `${figure(value, 3)} %`;
}
