import { t } from '@vscode/l10n';
import type { BatchSizes } from '../../src/model/batchSizes';
import { decibels, type FormatCast, type FormatCasts } from '../../src/model/formatCasts';
import { type MethodSweep, removedShare } from '../../src/model/methodSweep';

/** A number format with its scaling. */
export function castName({ format, scaling }: Pick<FormatCast, 'format' | 'scaling'>): string {
  const name = {
    float16: 'float16',
    bfloat16: 'bfloat16',
    float8_e4m3fn: 'float8 e4m3',
    float8_e5m2: 'float8 e5m2',
  }[format];
  switch (scaling) {
    case 'none':
      return name;
    case 'tensor':
      return t('{0}, per tensor', name);
    case 'channel':
      return t('{0}, per channel', name);
    case 'block':
      return t('{0}, MX blocks', name);
  }
}

/** Lines of cells, separated by tabs. */
function asText(lines: readonly (readonly (string | number)[])[]): string {
  return lines.map((cells) => `${cells.join('\t')}\n`).join('');
}

/** The figures of all casts as text. */
export function formatCastsAsText({ casts }: FormatCasts): string {
  const lines = casts.map(({ format, scaling, overflow, flushed, noise }) => [
    format,
    scaling,
    overflow,
    flushed,
    decibels({ noise }),
  ]);
  return asText([['format', 'scaling', 'overflow', 'flushed', 'dB'], ...lines]);
}

/** The figures of all batch sizes as text. */
export function batchSizesAsText({ sizes }: BatchSizes): string {
  const lines = sizes.map(({ size, mean, deviation, bias, output }) => [size, mean, deviation, bias, output]);
  return asText([['size', 'mean', 'deviation', 'bias', 'output'], ...lines]);
}

/** What every number of groups removes, and the shares of ε, as text. */
export function methodSweepAsText(sweep: MethodSweep): string {
  return asText([
    ['groups', 'w1', 'removed'],
    ...sweep.groups.map(({ groups, w1 }) => [groups, w1, removedShare(sweep, w1)]),
    [],
    ['method', 'units', 'share'],
    ...sweep.epsilon.map(({ method, units, share }) => [method, units, share]),
  ]);
}
