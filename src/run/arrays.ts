import { t } from '@vscode/l10n';
import type { ArrayEntry } from '../model/catalog';
import { type InTurns, inTurns } from '../model/inTurns';
import { type Problem, problemError } from '../model/problem';
import {
  type AxisRole,
  axesQuestionId,
  axesReading,
  axisRoles,
  type Question,
  type Readings,
} from '../model/questions';
import { axesQuestion } from './axisQuestions';
import type { ArrayAxes, FileHeader, RecordInfo } from './fileHeader';
import { type LocatedSidecar, layerSettings, speaksOf } from './layerSettings';
import { stemOf } from './listing/fileKinds';
import { parseName, STRICT_GRAMMAR } from './naming/naming';

/** Records that one array is taken apart into, at most. */
const MAX_RECORDS = 200_000;

/** Names and shapes whose questions are kept, at most. */
const MAX_KNOWN = 10_000;

/**
 * Splits arrays with axes of steps or layers: one record per step or layer, of the other axes. The user can specify
 * these axes (a reading), and so can a sidecar (`steps`, of the first axis), the names of the axes in the file, or the
 * array's own name. If they are only likely, this is a question. An array that does not fit a sidecar's `steps` stays
 * whole, with a problem.
 */
export function* splitArrays(
  headers: readonly FileHeader[],
  sidecars: readonly LocatedSidecar[],
  readings: Readings | undefined,
): InTurns<{
  readonly headers: readonly FileHeader[];
  readonly questions: readonly Question[];
  readonly problems: readonly Problem[];
}> {
  const problems: Problem[] = [];
  const questions = new Map<string, Question>();
  const count = headers.reduce((sum, { tensors }) => sum + tensors.length, 0);
  const isAlone = count === 1 && !headers.some(saysTime);

  /** What is asked of arrays, by text and shape: the same of each step. */
  const known = new Map<string, { readonly array: string; readonly question: Question | undefined }>();
  const asked = (text: string, shape: readonly number[]) => {
    const key = `${text}\n${shape.join()}`;
    const found = known.get(key) ?? ask(text, shape);
    if (known.size < MAX_KNOWN) known.set(key, found);
    return found;
  };
  const ask = (text: string, shape: readonly number[]) => {
    const array = arrayNamed(text);
    return { array, question: axesQuestion(array, text, shape, isAlone) };
  };

  const split = (header: FileHeader, info: RecordInfo, hasSteps: boolean): readonly RecordInfo[] => {
    if (info.summarized !== undefined || info.excludedReason !== undefined) return [info];
    const { array, question: open } = asked(textOf(header, info), info.shape);
    const rank = info.shape.length;
    const chosen = axisRoles(readings?.[axesQuestionId(array)] ?? '', rank);
    const said = (hasSteps ? axesOfSidecar(header, info, sidecars, problems) : undefined) ?? info.axes;
    const question = said === undefined ? open : undefined;
    if (question !== undefined && !questions.has(question.id)) questions.set(question.id, question);
    const guess = question === undefined ? undefined : axisRoles(question.guess, rank);
    const roles = chosen ?? said?.roles ?? guess;
    if (roles === undefined) return [info];
    return recordsOf(header, info, array, { roles, ...stepsFor(roles, said) }, problems);
  };
  const splitHeaders: FileHeader[] = [];
  /** Lists without arrays to split, which other files may share. */
  const whole = new WeakSet<readonly RecordInfo[]>();
  for (const header of headers) {
    const hasSteps = speaksOf('steps', header, sidecars);
    if (!hasSteps && whole.has(header.tensors)) {
      splitHeaders.push(header);
      continue;
    }
    const tensors: RecordInfo[] = [];
    const { length: before } = problems;
    yield* inTurns(header.tensors, (info) => {
      for (const part of split(header, info, hasSteps)) tensors.push(part);
    });
    const isSame =
      tensors.length === header.tensors.length && tensors.every((info, i) => info === header.tensors[i]);
    // A tensor without a key has the file's name, and a problem names the file.
    if (
      isSame &&
      problems.length === before &&
      header.tensors.every(({ name, key = name, layer = key }) => layer !== '')
    )
      whole.add(header.tensors);
    splitHeaders.push(isSame ? header : { ...header, tensors });
    yield;
  }
  return { headers: splitHeaders, questions: [...questions.values()], problems };
}

/** Whether the name of a file, or what it says of its tensors, has a step or the like. */
function saysTime({ file, fields, tensors }: FileHeader): boolean {
  const said = [fields, ...tensors.map((info) => info.fields ?? {})];
  const named = tensors.map(
    ({ name }) =>
      parseName({ folders: file.folders, stem: stemOf(file.name), key: name }, STRICT_GRAMMAR).fields,
  );
  return [...said, ...named].some(({ step, epoch, checkpoint, batch }) =>
    [step, epoch, checkpoint, batch].some((counter) => counter !== undefined),
  );
}

/** The numbers of the steps, if they are known for the axis of steps. */
function stepsFor(roles: ArrayAxes['roles'], said: ArrayAxes | undefined): Pick<ArrayAxes, 'steps'> {
  const isSaid = said !== undefined && said.roles.indexOf('step') === roles.indexOf('step');
  return isSaid && said.steps !== undefined ? { steps: said.steps } : {};
}

function recordsOf(
  header: FileHeader,
  info: RecordInfo,
  array: string,
  { roles, steps }: ArrayAxes,
  problems: Problem[],
): readonly RecordInfo[] {
  if (roles.every((role) => role === null)) return [info];
  const count = roles.reduce((product, role, axis) => product * (role === null ? 1 : info.shape[axis]), 1);
  if (count > MAX_RECORDS) {
    const message = t(
      'Its axes of steps and layers make {0} records; up to {1} are read. It is read as one record.',
      count,
      MAX_RECORDS,
    );
    problems.push(problemOf(header, info, message));
    return [info];
  }
  // In which pieces the first axis is unpacked says nothing of the others.
  const { unpackedRows, ...rest } = info;
  const entry = { name: array, shape: info.shape, axes: axesReading(roles) };
  const shape = info.shape.filter((_, axis) => roles[axis] === null);
  const common = { ...(roles[0] === null && unpackedRows !== undefined && { unpackedRows }), shape };
  const indices = (role: AxisRole) => {
    const axis = roles.indexOf(role);
    return axis < 0 ? [null] : Array.from({ length: info.shape[axis] }, (_, index) => index);
  };
  return indices('step').flatMap((step) =>
    indices('layer').map(
      (layer): RecordInfo => ({
        ...rest,
        ...common,
        array: entry,
        slice: roles.map((role) => (role === 'step' ? step : role === 'layer' ? layer : null)),
        ...(step !== null && { fields: { ...info.fields, step: steps?.[step] ?? step } }),
        ...(layer !== null && { part: ['layer', layer].join(' ') }),
      }),
    ),
  );
}

/** A sidecar's `steps` for a tensor, if its first axis has that length and other axes follow. */
function axesOfSidecar(
  header: FileHeader,
  info: RecordInfo,
  sidecars: readonly LocatedSidecar[],
  problems: Problem[],
): ArrayAxes | undefined {
  const steps = stepsOfSidecar(header, info, sidecars);
  if (steps === undefined) return undefined;
  const [count, ...others] = info.shape;
  if (count === steps.length && others.length > 0)
    return { roles: ['step', ...others.map(() => null)], steps };
  const message = t(
    "normscope.json lists {0} steps, but the tensor's shape is [{1}]: the first axis must have one index per step, with other axes after it. The tensor is read as one record.",
    steps.length,
    info.shape.join(', '),
  );
  problems.push(problemOf(header, info, message));
  return undefined;
}

function problemOf(header: FileHeader, { name }: RecordInfo, message: string): Problem {
  return problemError('layout', header.file.uri, message, name === '' ? undefined : name).problem;
}

/** Layers have no names yet: the key counts, in files of one tensor the file's name. */
function stepsOfSidecar(
  header: FileHeader,
  { name, layer }: RecordInfo,
  sidecars: readonly LocatedSidecar[],
): readonly number[] | undefined {
  const stem = stemOf(header.file.name);
  const names = name === '' ? [stem] : [layer ?? name, name, `${stem}/${name}`];
  return layerSettings(header, names, sidecars).steps;
}

/** The key, in files of one tensor the file's name. */
function textOf({ file }: FileHeader, { name, key = name, layer }: RecordInfo): string {
  return layer ?? (key === '' ? stemOf(file.name) : key);
}

/** The array that a record is read from; undefined where only distributions are left. */
export function arrayOf(header: FileHeader, info: RecordInfo): ArrayEntry | undefined {
  if (info.array !== undefined || info.summarized !== undefined) return info.array;
  return { name: arrayName(header, info), shape: info.shape, axes: axesReading(info.shape.map(() => null)) };
}

/**
 * One name for the arrays of all steps and layers that are written in the same way: a choice for one applies to all.
 */
function arrayName(header: FileHeader, info: RecordInfo): string {
  return arrayNamed(textOf(header, info));
}

function arrayNamed(text: string): string {
  return text.replace(/\d+/gu, '#');
}
