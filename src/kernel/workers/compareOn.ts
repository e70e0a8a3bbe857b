import type { ComparedRecords, FoundComparison } from '../compare/compareRecords';
import type { ComputeContext } from './computeRecord';

/** Compares two records in a compute worker, or here if there is none or it cannot read their files. */
export function compareOn(
  { local, pool }: ComputeContext,
  group: string,
  job: ComparedRecords,
  signal: AbortSignal,
): Promise<FoundComparison> {
  const isLocal = [job.record, job.other].every(({ file }) => file.startsWith('file:'));
  if (pool === undefined || !isLocal) return local.compare(job, signal);
  return pool.run(group, job.record, (worker, options) => worker.call('compare', job, options), signal);
}
