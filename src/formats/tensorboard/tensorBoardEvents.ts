import { t } from '@vscode/l10n';
import { type EventTensor, eventTensor, readShape } from './eventTensor';
import { addDoubles, WireError, type WireField, wireFields, wireText } from './protobuf';
import { tensorScalar } from './tensorScalar';

/** A histogram or a whole tensor in an event, and the position of its bytes. */
export interface EventPlace {
  readonly tag: string;
  readonly step: number;
  /** `proto`: a HistogramProto; `tensor`: a TensorProto of [bins, 3]; `values`: the elements of {@link values}. */
  readonly kind: 'proto' | 'tensor' | 'values';
  readonly start: number;
  readonly end: number;
  readonly values?: EventTensor;
}

/** A single number in an event. */
export interface EventScalar {
  readonly tag: string;
  readonly step: number;
  readonly kind: 'scalar';
  readonly value: number;
}

/** Kinds of tags, as stated by their first values: histograms, scalars, or something else, which is skipped. */
export interface EventTags {
  readonly histograms: Set<string>;
  readonly scalars: Set<string>;
  readonly others: Set<string>;
}

/** Bins in TensorBoard's form: bin i is [edges[i], edges[i+1]). */
export interface EventHistogram {
  readonly edges: Float64Array;
  readonly counts: Float64Array;
  readonly min: number;
  readonly max: number;
  /** Moments of the values, if the file contains them. */
  readonly moments?: { readonly mean: number; readonly variance: number };
}

/** Maximum bytes of a tag, and of a histogram (a million bins). */
const MAX_TAG = 4096;
const MAX_HISTOGRAM = 24 << 20;

/**
 * Locates the histograms and tensors of one event [tensorboard/compat/proto/event.proto, summary.proto], and reads its
 * scalars. In the newer form, only the first value of a tag states its kind; `tags` remembers it. Throws WireError if the
 * bytes are not an event.
 */
export function eventContent(event: Uint8Array, tags: EventTags): (EventPlace | EventScalar)[] {
  let step = 0;
  const summaries: WireField[] = [];
  for (const field of wireFields(event)) {
    if (field.number === 2 && field.type === 'varint') {
      step = field.value;
      if (!Number.isSafeInteger(step)) throw new WireError(t('Step {0} is too large.', step));
    }
    if (field.number === 5 && field.type === 'bytes') summaries.push(field);
  }
  const content: (EventPlace | EventScalar)[] = [];
  for (const summary of summaries) {
    for (const value of wireFields(event, summary.start, summary.end)) {
      if (value.number !== 1 || value.type !== 'bytes') continue;
      const found = contentOf(event, value, tags);
      if (found !== undefined) content.push({ ...found, step: Math.max(0, step) });
    }
  }
  return content;
}

/** The content of one Summary.Value; undefined if it is an image or another summary. */
function contentOf(
  event: Uint8Array,
  value: WireField,
  tags: EventTags,
): Omit<EventPlace, 'step'> | Omit<EventScalar, 'step'> | undefined {
  let tag = '';
  let simple: number | undefined;
  let proto: WireField | undefined;
  let tensor: WireField | undefined;
  let plugin: string | undefined;
  for (const field of wireFields(event, value.start, value.end)) {
    if (field.number === 2 && field.type === 'fixed32')
      simple = new DataView(event.buffer, event.byteOffset + field.start, 4).getFloat32(0, true);
    if (field.type !== 'bytes') continue;
    if (field.number === 1) {
      if (field.end - field.start > MAX_TAG)
        throw new WireError(t('A tag has {0} bytes, which is too long.', field.end - field.start));
      tag = wireText(event, field);
    }
    if (field.number === 5) proto = field;
    else if (field.number === 8) tensor = field;
    else if (field.number === 9) plugin = pluginName(event, field);
  }
  if (proto !== undefined) {
    assertShort(proto, tag);
    return { tag, kind: 'proto', start: proto.start, end: proto.end };
  }
  if (simple !== undefined) return { tag, kind: 'scalar', value: simple };
  if (tensor === undefined) return undefined;
  if (plugin === 'histograms') tags.histograms.add(tag);
  else if (plugin === 'scalars') tags.scalars.add(tag);
  else if (plugin !== undefined && !WHOLE_TENSORS.has(plugin)) tags.others.add(tag);
  if (tags.histograms.has(tag)) {
    assertShort(tensor, tag);
    return { tag, kind: 'tensor', start: tensor.start, end: tensor.end };
  }
  if (tags.scalars.has(tag)) {
    const scalar = tensorScalar(event, tensor);
    return scalar === undefined ? undefined : { tag, kind: 'scalar', value: scalar };
  }
  const values = tags.others.has(tag) ? undefined : eventTensor(event, tensor);
  return values && { tag, kind: 'values', start: values.start, end: values.end, values };
}

/** Plugins whose tensors are the values themselves: that of Amazon SageMaker Debugger, and none. */
const WHOLE_TENSORS: ReadonlySet<string> = new Set(['tensor', '']);

function assertShort({ start, end }: WireField, tag: string): void {
  if (end - start > MAX_HISTOGRAM)
    throw new WireError(t('Histogram {0} has {1} bytes, which is too large.', tag, end - start));
}

/** Returns SummaryMetadata.plugin_data.plugin_name. */
function pluginName(event: Uint8Array, metadata: WireField): string | undefined {
  for (const data of wireFields(event, metadata.start, metadata.end)) {
    if (data.number !== 1 || data.type !== 'bytes') continue;
    for (const field of wireFields(event, data.start, data.end)) {
      if (field.number === 1 && field.type === 'bytes') return wireText(event, field);
    }
  }
  return undefined;
}

/**
 * Reads a HistogramProto [tensorboard/compat/proto/histogram.proto]: the upper limit and the count of each bucket; the
 * first bucket has no lower limit. Throws WireError if it is invalid.
 */
export function readHistogramProto(bytes: Uint8Array): EventHistogram {
  const [min, max, num, sum, squares, limits, buckets]: number[][] = [[], [], [], [], [], [], []];
  const columns = [min, max, num, sum, squares, limits, buckets];
  for (const field of wireFields(bytes)) {
    const column = columns[field.number - 1];
    if (column !== undefined) addDoubles(bytes, field, column);
  }
  if (limits.length !== buckets.length)
    throw new WireError(
      t(
        'Expected as many bucket limits as buckets, found {0} limits and {1} buckets.',
        limits.length,
        buckets.length,
      ),
    );
  const count = num.at(-1) ?? 0;
  const mean = (sum.at(-1) ?? 0) / count;
  const variance = Math.max(0, (squares.at(-1) ?? 0) / count - mean * mean);
  return {
    edges: Float64Array.from([Number.NEGATIVE_INFINITY, ...limits]),
    counts: Float64Array.from(buckets),
    min: min.at(-1) ?? 0,
    max: max.at(-1) ?? 0,
    ...(count > 0 && Number.isFinite(variance) && { moments: { mean, variance } }),
  };
}

const MAX_BINS = MAX_HISTOGRAM / 24;
const DT_FLOAT = 1;
const DT_DOUBLE = 2;

/**
 * Reads the newer form: a tensor of [bins, 3], with each row containing a bin's left edge, right edge, and count
 * [tensorboard/plugins/histogram/summary_v2.py]. Throws WireError if it is invalid.
 */
export function readHistogramTensor(bytes: Uint8Array): EventHistogram {
  const { shape, values } = readTensor(bytes);
  const [bins, columns] = shape;
  if (shape.length !== 2 || columns !== 3 || values.length > 3 * bins || bins > MAX_BINS)
    throw new WireError(t('Expected a tensor of shape [bins, 3], found [{0}].', shape.join(', ')));
  // A TensorProto may omit repeated values at its end.
  const at = (i: number) => values[Math.min(i, values.length - 1)] ?? 0;
  const edges: number[] = [];
  const counts: number[] = [];
  for (let bin = 0; bin < bins; bin++) {
    const [left, right, count] = [at(3 * bin), at(3 * bin + 1), at(3 * bin + 2)];
    const last = edges.at(-1);
    if (last === undefined) edges.push(left);
    else if (left > last) {
      counts.push(0);
      edges.push(left);
    }
    edges.push(right);
    counts.push(count);
  }
  const first = counts.findIndex((count) => count > 0);
  let end = counts.length;
  while (end > 0 && !(counts[end - 1] > 0)) end--;
  return {
    edges: edges.length === 0 ? Float64Array.of(0) : Float64Array.from(edges),
    counts: Float64Array.from(counts),
    min: edges[Math.max(0, first)] ?? 0,
    max: edges[end] ?? 0,
  };
}

/** Reads a TensorProto of floats [tensorflow/core/framework/tensor.proto]. */
function readTensor(bytes: Uint8Array): { shape: readonly number[]; values: readonly number[] } {
  let dtype = 0;
  let shape: readonly number[] = [];
  let content: WireField | undefined;
  const listed: number[] = [];
  for (const field of wireFields(bytes)) {
    if (field.number === 1) dtype = field.value;
    else if (field.number === 2 && field.type === 'bytes') shape = readShape(bytes, field);
    else if (field.number === 4 && field.type === 'bytes') content = field;
    else if (field.number === 5 && dtype === DT_FLOAT) addFloats(bytes, field, listed);
    else if (field.number === 6 && dtype === DT_DOUBLE) addDoubles(bytes, field, listed);
  }
  if (dtype !== DT_FLOAT && dtype !== DT_DOUBLE)
    throw new WireError(t('Expected a tensor of floats, found type {0}.', dtype));
  if (content !== undefined && content.end > content.start) {
    if (dtype === DT_DOUBLE) addDoubles(bytes, content, listed);
    else addFloats(bytes, content, listed);
  }
  return { shape, values: listed };
}

function addFloats(bytes: Uint8Array, { type, start, end }: WireField, target: number[]): void {
  if ((type !== 'bytes' && type !== 'fixed32') || (end - start) % 4 !== 0)
    throw new WireError(t('Expected 4-byte numbers.'));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = start; at < end; at += 4) target.push(view.getFloat32(at, true));
}
