import { workspace } from 'vscode';
import type { AnalysisOptions, LayerScope } from '../model/analysis';
import type { Reference } from '../model/reference';

/** The current settings. */
export function settings(): {
  options: Partial<AnalysisOptions>;
  /** Bytes. */
  memoryBudget: number;
  workers: number;
  /** Bytes; 0 disables the disk cache. */
  cacheSize: number;
  watch: 'auto' | 'off';
} {
  const configuration = workspace.getConfiguration('normscope');
  const epsilon = configuration.get<number | null>('epsilon', null);
  const groups = configuration.get<number | null>('groups', null);
  return {
    options: {
      percentiles: [...new Set(configuration.get<number[]>('percentiles', [15, 50, 85]))].sort(
        (a, b) => a - b,
      ),
      layerScope: configuration.get<LayerScope>('layerScope', 'auto'),
      reference: configuration.get<Reference>('reference', 'first'),
      ...(epsilon === null ? {} : { epsilon }),
      ...(groups === null ? {} : { groups }),
    },
    memoryBudget: configuration.get<number>('memoryBudget', 256) * 2 ** 20,
    workers: configuration.get<number>('workers', 0),
    cacheSize: configuration.get<number>('cacheSize', 256) * 2 ** 20,
    watch: configuration.get<'auto' | 'off'>('watch', 'auto'),
  };
}
