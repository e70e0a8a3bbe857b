import { t } from '@vscode/l10n';
import { problemError } from '../../model/problem';
import { type LayoutAxes, type MemoryAxis, sameMemory } from './layoutAxes';

/**
 * Several tensors as one, concatenated along the samples. If samples are slowest in memory, their number may differ;
 * otherwise all tensors must have the same shape. Throws `layout` if they cannot be merged.
 */
export function mergedAxes(parts: readonly LayoutAxes[], sampleAxis: number, path: string): LayoutAxes {
  const [first] = parts;
  if (parts.length === 1) return first;
  const inner = parts.map(withoutSamples);
  const samples = parts.reduce((sum, part) => sum + part.samples, 0);
  const isRow = inner.every((memory) => memory !== undefined && sameMemory(memory, inner[0] ?? []));
  const isAlike = parts.every((part) => sameMemory(part.memory, first.memory));
  if (!isRow && !isAlike) {
    throw problemError(
      'layout',
      path,
      t(
        'The ranks cannot be merged with this layout, because their shapes differ in more than the number of samples, or because N is not the first axis and differs. Choose one rank.',
      ),
    );
  }
  const starts = parts.map((_, i) => parts.slice(0, i).reduce((sum, part) => sum + part.samples, 0));
  return {
    samples,
    channels: first.channels,
    positions: first.positions,
    size: samples * first.channels * first.positions,
    memory: isRow
      ? [{ role: 'n', length: samples, roleStride: 1 }, ...(inner[0] ?? [])]
      : [{ role: 'n', length: parts.length, roleStride: first.samples }, ...first.memory],
    sampleAxis,
    cOrder: isRow && parts.every(({ cOrder }) => cOrder),
    indexAt: (place) => {
      const sample = first.channels * first.positions;
      let part = parts.length - 1;
      while (part > 0 && starts[part] * sample > place) part--;
      const index = parts[part].indexAt(place - starts[part] * sample);
      if (sampleAxis >= 0) index[sampleAxis] += starts[part];
      return index;
    },
  };
}

/** The memory axes within a sample; undefined where samples are not slowest. */
function withoutSamples({ memory, samples }: LayoutAxes): readonly MemoryAxis[] | undefined {
  if (samples === 1) return memory;
  return memory[0]?.role === 'n' ? memory.slice(1) : undefined;
}
