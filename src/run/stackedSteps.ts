import { t } from '@vscode/l10n';
import { type Problem, problemError } from '../model/problem';
import type { FileHeader, RecordInfo } from './fileHeader';
import { type LocatedSidecar, layerSettings } from './layerSettings';
import { stemOf } from './listing/fileKinds';

/**
 * Splits tensors whose first axis is the step, according to a sidecar: one record per step, of the other axes. If the
 * axis has another length, the tensor stays whole, with a problem.
 */
export function unstackSteps(
  header: FileHeader,
  sidecars: readonly LocatedSidecar[],
): { readonly header: FileHeader; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const tensors = header.tensors.flatMap((info): readonly RecordInfo[] => {
    const steps = info.summarized === undefined ? stepsOf(header, info, sidecars) : undefined;
    if (steps === undefined) return [info];
    const [count, ...shape] = info.shape;
    if (count === steps.length && shape.length > 0) {
      // How the first axis is compressed does not matter for the other axes.
      const { unpackedRows: _, ...each } = info;
      return steps.map((step, slice) => ({ ...each, shape, slice, fields: { ...info.fields, step } }));
    }
    const message = t(
      "normscope.json lists {0} steps, but the tensor's shape is [{1}]: the first axis must have one index per step, with other axes after it. The tensor is read as one record.",
      steps.length,
      info.shape.join(', '),
    );
    problems.push(
      problemError('layout', header.file.uri, message, info.name === '' ? undefined : info.name).problem,
    );
    return [info];
  });
  return problems.length === 0 && tensors.length === header.tensors.length
    ? { header, problems }
    : { header: { ...header, tensors }, problems };
}

/** Layers have no names yet: the key counts, in files of one tensor the file's name. */
function stepsOf(
  header: FileHeader,
  { name, layer }: RecordInfo,
  sidecars: readonly LocatedSidecar[],
): readonly number[] | undefined {
  const stem = stemOf(header.file.name);
  const names = name === '' ? [stem] : [layer ?? name, name, `${stem}/${name}`];
  return layerSettings(header, names, sidecars).steps;
}
