import { decoder } from '../formats/decode';
import { ITEM_SIZE } from '../formats/dtype';
import { isNotes } from '../formats/notes';
import type { TensorFile, TensorInfo } from '../formats/tensorFile';
import { readBytes } from '../io/byteSource';
import { elementCount } from '../model/elementCount';
import { oncePer } from '../model/oncePer';
import { type Problem, toProblem } from '../model/problem';
import { isFamiliarScalar } from '../model/scalars';
import { counterNamed, jsonOrText } from './metadata/metadata';
import { numberIn } from './metadata/numberIn';
import type { CounterField, NameFields } from './naming/nameFields';
import { segmentsOf } from './sections';

/** What a file's small tensors say about its other tensors. */
export interface Payload {
  /** Names of the tensors that contain it; they are not records. */
  readonly names: ReadonlySet<string>;
  /** For all tensors of the file. */
  readonly fields: NameFields;
  /** For single tensors, in addition. */
  readonly fieldsOf: ReadonlyMap<string, NameFields>;
  /** The steps along a tensor's first axis. */
  readonly stepsOf: ReadonlyMap<string, readonly number[]>;
  /** Numbers to chart over training, such as the loss, by name. */
  readonly scalars: ReadonlyMap<string, number>;
}

const NO_PAYLOAD: Payload = {
  names: new Set(),
  fields: {},
  fieldsOf: new Map(),
  stepsOf: new Map(),
  scalars: new Map(),
};

/** How many small tensors of one file are read, and how many values one that names an axis may have. */
const MAX_READ = 256;
const MAX_STEPS = 100_000;

/**
 * Numbers next to the tensors (`step`, `epoch`, `rank`, …) give their time and place: for the tensors of the same
 * group, or of the whole file. A vector `steps` as long as their first axis gives its steps. Others, such as `loss`, are
 * to be charted. Unreadable numbers are added to `problems`.
 */
export async function readPayload(file: TensorFile, problems: Problem[]): Promise<Payload> {
  if (file.metadata.size + numbersIn(file.tensors).length === 0) return NO_PAYLOAD;
  const names = new Set<string>();
  const fields: { -readonly [K in keyof NameFields]: NameFields[K] } = {};
  const fieldsOf = new Map<string, { -readonly [K in keyof NameFields]: NameFields[K] }>();
  const stepsOf = new Map<string, readonly number[]>();
  const scalars = scalarsIn(file.metadata);
  let read = 0;
  for (const { info, segments, counter } of numbersIn(file.tensors)) {
    if (read++ >= MAX_READ) break;
    const beside = neighbours(file.tensors, info, segments);
    try {
      const values = await readValues(file, info);
      if (counter === undefined) {
        scalars.set(info.name, values[0]);
        names.add(info.name);
        continue;
      }
      if (!values.every((value) => Number.isSafeInteger(value) && value >= 0)) continue;
      const [value] = values;
      if (values.length > 1) {
        if (nameAxis(beside ?? file.tensors, info.name, values, stepsOf)) names.add(info.name);
      } else if (beside === undefined) {
        if (fields[counter] !== undefined) continue;
        fields[counter] = value;
        names.add(info.name);
      } else {
        for (const { name } of beside) fieldsOf.set(name, { [counter]: value, ...fieldsOf.get(name) });
        names.add(info.name);
      }
    } catch (error) {
      problems.push(toProblem(error, file.path, info.name));
    }
  }
  const listed = listedSteps(file);
  if (listed !== undefined) nameAxis(file.tensors, '', listed, stepsOf);
  return { names, fields, fieldsOf, stepsOf, scalars };
}

/** A tensor that is a counter, or a scalar to chart. */
interface SmallTensor {
  readonly info: TensorInfo;
  readonly segments: readonly string[];
  readonly counter: CounterField | undefined;
}

/** The tensors of a file that are numbers, or the steps along an axis. */
const numbersIn = oncePer((tensors: readonly TensorInfo[]): readonly SmallTensor[] => {
  const numbers: SmallTensor[] = [];
  for (const info of tensors) {
    // Most tensors have more axes than a counter or a scalar.
    if (info.shape.length > 1) continue;
    const segments = segmentsOf(info);
    const counter = counterIn(info, segments);
    if (counter !== undefined || isScalarToChart(info, segments)) numbers.push({ info, segments, counter });
  }
  return numbers;
});

/** The texts of a file that are numbers to chart over training. */
function scalarsIn(metadata: ReadonlyMap<string, string>): Map<string, number> {
  const scalars = new Map<string, number>();
  for (const [key, text] of metadata) {
    const value = isFamiliarScalar(key) ? numberIn(text) : undefined;
    if (value !== undefined) scalars.set(key, value);
  }
  return scalars;
}

/** Groups of numbers to chart, by name. */
const METRICS = /^(?:metrics?|scalars?|logs?|losses)$/iu;

/** A single number, with a name or in a group that people chart over training. */
function isScalarToChart({ shape, isComplex }: TensorInfo, segments: readonly string[]): boolean {
  if (isComplex || shape.length > 0 || segments.length === 0) return false;
  return (
    isFamiliarScalar(segments[segments.length - 1]) ||
    segments.slice(0, -1).some((each) => METRICS.test(each))
  );
}

/** A list `steps` next to the tensors; in safetensors, it applies to all of them, as in a sidecar. */
export function listedSteps({ format, metadata }: TensorFile): readonly number[] | undefined {
  const steps = format === 'safetensors' ? undefined : jsonOrText(metadata.get('steps'));
  return Array.isArray(steps) && steps.every((step) => Number.isSafeInteger(step) && step >= 0)
    ? steps
    : undefined;
}

/** One number, or the steps along an axis. */
function counterIn({ shape, isComplex }: TensorInfo, segments: readonly string[]): CounterField | undefined {
  if (isComplex) return undefined;
  const name = segments[segments.length - 1] ?? '';
  const count = elementCount(shape);
  if (shape.length === 0 || (shape.length === 1 && count === 1)) return counterNamed(name);
  if (shape.length !== 1 || count === 0 || count > MAX_STEPS) return undefined;
  const counter = counterNamed(name.replace(/s$/iu, ''));
  return counter === 'step' || counter === 'epoch' ? counter : undefined;
}

/** The other tensors of its group; undefined if it applies to the whole file. */
function neighbours(
  tensors: readonly TensorInfo[],
  info: TensorInfo,
  segments: readonly string[],
): readonly TensorInfo[] | undefined {
  const group = segments.slice(0, -1);
  if (group.length === 0 || isNotes(group[group.length - 1])) return undefined;
  const beside = tensors.filter((each) => {
    const others = segmentsOf(each);
    return (
      each !== info && others.length > group.length && group.every((segment, i) => segment === others[i])
    );
  });
  return beside.some(({ shape }) => shape.length > 0) ? beside : undefined;
}

async function readValues(file: TensorFile, info: TensorInfo): Promise<number[]> {
  const source = await file.openTensor(info.name);
  try {
    const bytes = await readBytes(source, 0, ITEM_SIZE[info.dtype] * elementCount(info.shape));
    return [...decoder(info.dtype, info.littleEndian)(bytes)];
  } finally {
    await source.close();
  }
}

/** Whether the values can be the steps along the first axis of any of these tensors. */
function nameAxis(
  tensors: readonly TensorInfo[],
  steps: string,
  values: readonly number[],
  stepsOf: Map<string, readonly number[]>,
): boolean {
  if (new Set(values).size < values.length) return false;
  // If the file names the axes, the names identify the axis of the steps.
  const stacked = tensors.filter(
    ({ name, shape, dimensions }) =>
      name !== steps && shape.length > 1 && shape[0] === values.length && dimensions === undefined,
  );
  for (const { name } of stacked) if (!stepsOf.has(name)) stepsOf.set(name, values);
  return stacked.length > 0;
}
