import { t } from '@vscode/l10n';
import { type Question, type Readings, readingOf } from '../model/questions';
import type { FileHeader, RecordInfo } from './fileHeader';
import { type LocatedSidecar, layerSettings } from './layerSettings';
import { stemOf } from './listing/fileKinds';

/**
 * Leaves out complex tensors, unless a sidecar (`complex`) or the user asks to read them as two channels: the real and
 * the imaginary part, which are their last axis. A statistic of both together would mix them up.
 */
export function withoutComplex(
  headers: readonly FileHeader[],
  sidecars: readonly LocatedSidecar[],
  readings: Readings | undefined,
): { readonly headers: readonly FileHeader[]; readonly questions: readonly Question[] } {
  const isUndecided = (header: FileHeader, info: RecordInfo) =>
    info.isComplex === true && layerSettings(header, namesOf(header, info), sidecars).complex === undefined;
  const header = headers.find((each) => each.tensors.some((info) => isUndecided(each, info)));
  const info = header?.tensors.find((each) => isUndecided(header, each));
  if (header === undefined || info === undefined) return { headers, questions: [] };
  const question: Question = {
    id: 'complex',
    kind: 'complex',
    example: `${namesOf(header, info)[0]} [${info.shape.slice(0, -1).join(', ')}]`,
    guess: 'none',
    others: ['channels'],
  };
  if (readingOf(question, readings) === 'channels') return { headers, questions: [question] };
  const excludedReason = t(
    'The elements are complex numbers, which are not charted unless you ask for it. Set "complex": "channels" in normscope.json to read the real and the imaginary part as two channels, or save t.abs().',
  );
  return {
    questions: [question],
    headers: headers.map((each) =>
      each.tensors.some((tensor) => isUndecided(each, tensor))
        ? {
            ...each,
            tensors: each.tensors.map((tensor) =>
              isUndecided(each, tensor) ? { ...tensor, excludedReason } : tensor,
            ),
          }
        : each,
    ),
  };
}

/** Layers have no names yet: the key counts, in files of one tensor the file's name. */
function namesOf({ file }: FileHeader, { name, layer }: RecordInfo): readonly string[] {
  const stem = stemOf(file.name);
  return name === '' ? [stem] : [layer ?? name, name, `${stem}/${name}`];
}
