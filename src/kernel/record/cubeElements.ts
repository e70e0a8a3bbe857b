import type { RecordEntry } from '../../model/catalog';
import { type Cube, type CubeMethod, type Place, setOf } from '../../model/cube';
import type { LayerParameters } from '../methods/layerParameters';
import { channelPartition } from '../methods/partition';
import { readLayerParameters } from '../methods/readLayerParameters';
import type { RecordOptions } from '../methods/recordOptions';
import { addToMoments, emptyMoments, type Moments } from '../statistics/moments';
import type { TensorAxes } from '../tensor/layoutAxes';
import type { FilesOpener } from '../tensor/openFiles';
import { openValues, type RecordValues } from '../tensor/recordValues';
import { forEachElement } from '../tensor/traversal';
import { momentsPass } from './momentsPass';

/** The samples, channels, and positions to include, ascending. */
export type Included = Pick<Cube, 'n' | 'c' | 'p'>;

/** What one pass over a record collects for a cube. */
export interface CubeElements {
  /** Values of the included elements, [n][c][p]. */
  readonly values: Float64Array;
  /** Moments of every channel. */
  readonly channel: Moments;
  /** Moments of each included sample and every channel, unit n·C + c. */
  readonly row: Moments;
  /** Moments over channels of each included sample and position, unit n·P + p of those included. */
  readonly place: Moments;
}

/** Reads the elements of one record. */
export interface ElementReader {
  readonly axes: TensorAxes;
  /** What the layer learned and keeps, as far as the options ask for it. */
  readonly parameters: LayerParameters;
  /** Reads the record once. */
  read(included: Included): Promise<CubeElements>;
  /** Reads the record once, and counts the finite values of the sets that an element is in, in equal bins. */
  count(element: Place, sets: readonly SetRange[]): Promise<readonly Float64Array[]>;
  close(): Promise<void>;
}

/** Opens a record. Throws like `openValues`. */
export async function openElements(
  open: FilesOpener,
  record: RecordEntry,
  options: RecordOptions,
  signal: AbortSignal,
): Promise<ElementReader> {
  const files = open();
  try {
    const { parameters } = await readLayerParameters(files, record, options);
    const values = await openValues(files, record, options.layout, signal);
    return {
      axes: values.axes,
      parameters,
      read: (included) => readElements(values, included),
      count: (element, sets) => countSets(values, element, sets),
      close: async () => {
        await values.close();
        await files.closeAll();
      },
    };
  } catch (error) {
    await files.closeAll();
    throw error;
  }
}

async function readElements(
  { axes, stream }: Pick<RecordValues, 'axes' | 'stream'>,
  included: Included,
): Promise<CubeElements> {
  const { channels } = axes;
  const [sampleOf, channelOf, positionOf] = [
    placesOf(axes.samples, included.n),
    placesOf(channels, included.c),
    placesOf(axes.positions, included.p),
  ];
  const [width, depth] = [included.c.length, included.p.length];
  const pass = momentsPass(axes, new Map([['channel', channelPartition(axes)]] as const), stream.arena);
  const row = emptyMoments(included.n.length * channels);
  const place = emptyMoments(included.n.length * depth);
  const values = new Float64Array(included.n.length * width * depth);
  await stream.forEach((chunk, from) => {
    pass.add(chunk, from);
    forEachElement(
      axes,
      chunk,
      from,
      (n) => sampleOf(n) >= 0,
      (x, n, c, p) => {
        const i = sampleOf(n);
        if (i < 0) return;
        addToMoments(row, i * channels + c, x);
        const k = positionOf(p);
        if (k < 0) return;
        addToMoments(place, i * depth + k, x);
        const j = channelOf(c);
        if (j >= 0) values[(i * width + j) * depth + k] = x;
      },
    );
  });
  const channel = pass.finish().moments.get('channel');
  if (channel === undefined) throw new Error('No moments were collected.');
  return { values, channel, row, place };
}

/** The set of a method that an element is in, and the range of its finite values. */
export interface SetRange extends Pick<CubeMethod, 'by' | 'groups'> {
  readonly min: number;
  readonly max: number;
  readonly bins: number;
}

async function countSets(
  { axes, stream }: Pick<RecordValues, 'axes' | 'stream'>,
  element: Place,
  sets: readonly SetRange[],
): Promise<readonly Float64Array[]> {
  const counted = sets.map((set) => ({
    ...set,
    set: setOf(set, axes, element),
    perBin: set.max > set.min ? set.bins / (set.max - set.min) : 0,
    counts: new Float64Array(set.bins),
  }));
  await stream.forEach((chunk, from) => {
    forEachElement(
      axes,
      chunk,
      from,
      (n, c) => n === element.n || c === element.c,
      (x, n, c, p) => {
        if ((n !== element.n && c !== element.c) || x - x !== 0) return;
        for (const each of counted) {
          if (setOf(each, axes, { n, c, p }) !== each.set) continue;
          each.counts[Math.min(each.bins - 1, Math.floor((x - each.min) * each.perBin))]++;
        }
      },
    );
  });
  return counted.map(({ counts }) => counts);
}

/** An axis up to this length has a table of all its indices. */
const MAX_TABLE = 2 ** 22;

/** Returns the place of an index among the included ones; −1 for others. */
function placesOf(length: number, included: readonly number[]): (index: number) => number {
  if (length > MAX_TABLE) {
    const found = new Map(included.map((index, i) => [index, i]));
    return (index) => found.get(index) ?? -1;
  }
  const table = new Int32Array(length).fill(-1);
  included.forEach((index, i) => {
    table[index] = i;
  });
  return (index) => table[index];
}
