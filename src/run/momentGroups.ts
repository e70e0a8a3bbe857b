import type { RecordInfo } from './fileHeader';
import { segmentsOf } from './sections';

/**
 * Leaves the groups out of the names whose attributes say when it was: `snapshot_a/conv1` at step 0 and
 * `snapshot_b/conv1` at step 250 are `conv1`. Each group has one step and each step one group, and names recur in them.
 */
export function withoutMomentGroups(tensors: readonly RecordInfo[]): readonly RecordInfo[] {
  const steps = new Map<string, number>();
  const rests = new Set<string>();
  for (const { name, fields } of tensors) {
    const [group, ...rest] = segmentsOf({ name });
    const step = fields?.step ?? fields?.epoch;
    if (rest.length === 0 || step === undefined || (steps.get(group) ?? step) !== step) return tensors;
    steps.set(group, step);
    rests.add(rest.join('/'));
  }
  const isOneToOne = steps.size > 1 && new Set(steps.values()).size === steps.size;
  if (!isOneToOne || rests.size === tensors.length) return tensors;
  return tensors.map((info) => ({ key: info.name.slice(segmentsOf(info)[0].length + 1), ...info }));
}
