import { t } from '@vscode/l10n';
import { type ByteSource, readBytes } from '../../io/byteSource';
import { sliceSource } from '../../io/sliceSource';
import { baseName } from '../../io/uri';
import { METHODS, type Method, type NotApplicable } from '../../model/analysis';
import { type Problem, ProblemError, problemError, toProblem } from '../../model/problem';
import { scalarSeries } from '../scalarSeries';
import { cOrderStrides } from '../shape';
import type { TensorFile, TensorInfo } from '../tensorFile';
import type { DistributionSummary, TensorSummary } from '../tensorSummary';
import { eventSteps } from './eventSteps';
import type { EventTensor } from './eventTensor';
import { WireError } from './protobuf';
import {
  type EventHistogram,
  type EventPlace,
  eventContent,
  readHistogramProto,
  readHistogramTensor,
} from './tensorBoardEvents';
import { tfRecords } from './tfRecord';

const rawOnly = () =>
  t('TensorBoard saves only histograms of raw values, which cannot be normalized afterward.');
const binsOnly = () =>
  t(
    'TensorBoard saves only histograms of raw values, which cannot be normalized afterward. Mean and variance are computed from the bins.',
  );

/** Maximum number of histograms to list for one file, and of scalar values. */
const MAX_HISTOGRAMS = 1_000_000;
const MAX_SCALARS = 4_000_000;

/** Maximum number of invalid events reported individually. */
const MAX_PROBLEMS = 20;

/**
 * Opens a TensorBoard event file (`events.out.tfevents.*`): its histograms and whole tensors, by tag (the layer) and
 * step, and its scalars. A later value replaces those of its tag from its step onward, as in TensorBoard. The file is
 * read once from front to back, and histograms again on demand. A truncated last record and other summaries (images) are
 * skipped. Throws `malformed` if the file does not start with a record.
 */
export async function openTensorBoard(source: ByteSource): Promise<TensorFile> {
  const places = new Map<string, EventPlace>();
  const steps = eventSteps();
  const scalarSteps = eventSteps();
  const scalars = scalarSeries();
  let values = 0;
  const problems: Problem[] = [];
  const tags = { histograms: new Set<string>(), scalars: new Set<string>(), others: new Set<string>() };
  let records = 0;
  try {
    for await (const { data, offset } of tfRecords(source)) {
      records++;
      try {
        for (const place of eventContent(data, tags)) {
          if (place.kind === 'scalar') {
            const { tag, step, value } = place;
            if (++values > MAX_SCALARS)
              throw problemError(
                'unsupported',
                source.path,
                t('The file has more than {0} scalar values.', MAX_SCALARS),
              );
            scalarSteps.offer(tag, step, () => scalars.pop(tag));
            scalars.add(tag, step, value);
            continue;
          }
          steps.offer(place.tag, place.step, (step) => places.delete(nameOf(place.tag, step)));
          if (places.size >= MAX_HISTOGRAMS)
            throw problemError(
              'unsupported',
              source.path,
              t('The file has more than {0} histograms.', MAX_HISTOGRAMS),
            );
          places.set(nameOf(place.tag, place.step), {
            ...place,
            start: place.start + offset,
            end: place.end + offset,
          });
        }
      } catch (error) {
        if (error instanceof ProblemError) throw error;
        if (problems.length < MAX_PROBLEMS) problems.push(eventProblem(error, source.path, offset));
      }
    }
  } catch (error) {
    // Keep the records before a damaged one.
    if (records === 0 || !(error instanceof ProblemError) || error.problem.code !== 'malformed') throw error;
    problems.push(error.problem);
  }
  const series = scalars.all();
  return {
    path: source.path,
    format: 'tensorboard',
    tensors: [...places].flatMap(([name, place]) =>
      place.values === undefined ? [] : [tensorInfo(name, place, place.values)],
    ),
    metadata: new Map(),
    problems,
    remarks: (places.size > 0 ? steps : scalarSteps).remarks(baseName(source.path)),
    ...(series.length > 0 && { scalars: series }),
    openTensor: async (name) => {
      const place = places.get(name);
      if (place?.values === undefined)
        throw problemError('not-found', source.path, t('The file has no tensor with this name.'), name);
      return sliceSource(source, place.start, place.end - place.start);
    },
    summaries: [...places].flatMap(([name, { tag, step, kind }]) =>
      kind === 'values'
        ? []
        : [{ name, layer: tag, step, reason: kind === 'proto' ? rawOnly() : binsOnly() }],
    ),
    readSummary: async (name) => {
      const place = places.get(name);
      if (place === undefined || place.kind === 'values')
        throw problemError('not-found', source.path, t('The file has no histogram with this name.'), name);
      const bytes = await readBytes(source, place.start, place.end - place.start);
      try {
        return rawSummary(place.kind === 'proto' ? readHistogramProto(bytes) : readHistogramTensor(bytes));
      } catch (error) {
        throw new ProblemError(eventProblem(error, source.path, place.start, name));
      }
    },
    close: () => source.close(),
  };
}

function nameOf(tag: string, step: number): string {
  const name = `${tag}, step ${step}`;
  return name;
}

function tensorInfo(name: string, { tag, step }: EventPlace, { dtype, shape }: EventTensor): TensorInfo {
  return {
    name,
    dtype,
    littleEndian: true,
    shape,
    strides: cOrderStrides(shape),
    metadata: new Map([
      ['layer', tag],
      ['step', String(step)],
    ]),
  };
}

function eventProblem(error: unknown, path: string, offset: number, name?: string): Problem {
  if (!(error instanceof WireError)) return toProblem(error, path, name);
  const message = t('Invalid TensorBoard event at byte {0}: {1}', offset, error.message);
  return problemError('malformed', path, message, name).problem;
}

/** Makes a summary that contains only raw values. */
function rawSummary({ edges, counts, min, max, moments }: EventHistogram): TensorSummary {
  const count = Math.round(counts.reduce((sum, each) => sum + each, 0));
  const none: DistributionSummary = {
    edges,
    counts,
    min,
    max,
    ...(moments ?? binMoments(edges, counts, min, max)),
  };
  const unknown = { nan: Number.NaN, posInf: Number.NaN, negInf: Number.NaN, zeros: Number.NaN };
  const methods = Object.fromEntries(
    METHODS.map((method): [Method, DistributionSummary | NotApplicable] => [
      method,
      method === 'none' ? none : { reason: rawOnly() },
    ]),
  ) as TensorSummary['methods'];
  return { counts: { count, finite: count, ...unknown }, methods };
}

/**
 * Returns the mean and the biased variance of values that are spread evenly over each bin, between the minimum and the
 * maximum.
 */
function binMoments(
  bins: Float64Array,
  counts: Float64Array,
  min: number,
  max: number,
): { mean: number; variance: number } {
  const edges = bins.map((edge) => Math.min(max, Math.max(min, edge)));
  let total = 0;
  let sum = 0;
  counts.forEach((count, i) => {
    total += count;
    sum += count === 0 ? 0 : (count * (edges[i] + edges[i + 1])) / 2;
  });
  const mean = sum / total;
  let squares = 0;
  counts.forEach((count, i) => {
    const [middle, width] = [(edges[i] + edges[i + 1]) / 2, edges[i + 1] - edges[i]];
    if (count > 0) squares += count * ((middle - mean) ** 2 + width ** 2 / 12);
  });
  return { mean, variance: squares / total };
}
