import { parseArgs } from 'node:util';
import { type AnalysisOptions, DEFAULT_OPTIONS, type LayerScope } from '../model/analysis';
import type { Readings } from '../model/questions';
import type { Reference } from '../model/reference';
import { layoutTextProblem } from '../run/layout';
import { REPORT_FORMATS, type ReportFormat } from './format';

export const USAGE = `Usage: npm run --silent report -- PATH... [options]

PATH is a run folder, or dump files of one run (.npy, .npz, .safetensors, .pt, .pth, .h5,
TensorBoard's event files).

  --layout LAYER=NCHW          roles of a layer's axes; repeat for more layers
  --groups G                   groups of group normalization (default: the layer's own, else 32)
  --eps E                      epsilon (default: the layer's own, else 1e-5)
  --layer-scope SCOPE          example or position (default: position for NLC and LNC, else example)
  --percentiles P,P,...        0 to 100 (default: 15,50,85)
  --numbers READING            meaning of unlabeled numbers in names: step or layer (default: guessed)
  --reading QUESTION=READING   another answer to a question that the report lists; repeat for more questions
  --reference STEP             first, previous or a step number (default: first)
  --compare PATH               another run as the reference; repeat for further runs, such as other seeds,
                               whose spread is noise
  --affine                     with the layer's learned scale and shift after every method
  --running                    batch normalization by the running statistics, as in evaluation mode
  --statistics                 with the mean and variance of every unit
  --coordinate-check           every PATH is a run of its own: how the size of activations depends on
                               the network's width
  --format FORMAT              json, csv or md (default: json)
  --out FILE                   write there instead of to standard output
`;

/** Something is wrong with the command line; the message says what. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

export interface Arguments {
  readonly paths: readonly string[];
  readonly options: AnalysisOptions;
  /** By the name that was given. */
  readonly layouts: ReadonlyMap<string, string>;
  /** Paths of the run that is the reference, and of further runs of its kind; absent if a step is the reference. */
  readonly compare?: readonly string[];
  readonly statistics: boolean;
  readonly format: ReportFormat;
  /** Each path is a run, and they are compared by width. */
  readonly coordinateCheck?: true;
  readonly out?: string;
}

/** Reads the command line. Throws ArgumentError. */
export function parseArguments(argv: string[]): Arguments | 'help' {
  const { values, positionals } = parseOrThrow(argv);
  if (values.help) return 'help';
  if (positionals.length === 0)
    throw new ArgumentError('Missing PATH: a run folder or one or more dump files.');
  if (values.compare !== undefined && values.reference !== undefined)
    throw new ArgumentError('--compare and --reference: shifts have one reference, so give one of the two.');
  const groups = optionalNumber(
    '--groups',
    values.groups,
    (g) => Number.isInteger(g) && g >= 1,
    'a whole number from 1',
  );
  const epsilon = optionalNumber('--eps', values.eps, (e) => e > 0 && e < 1, 'a number between 0 and 1');
  return {
    paths: positionals,
    options: {
      ...DEFAULT_OPTIONS,
      ...(groups === undefined ? {} : { groups }),
      ...(epsilon === undefined ? {} : { epsilon }),
      ...readingsFrom(values.numbers, values.reading ?? []),
      layerScope: oneOf('--layer-scope', values['layer-scope'] ?? 'auto', [
        'auto',
        'example',
        'position',
      ] satisfies LayerScope[]),
      percentiles:
        values.percentiles === undefined ? DEFAULT_OPTIONS.percentiles : percentilesFrom(values.percentiles),
      reference: referenceFrom(values.reference ?? 'first'),
      ...(values.affine && { affine: true }),
      ...(values.running && { running: true }),
    },
    layouts: new Map((values.layout ?? []).map(layoutFrom)),
    ...(values.compare === undefined ? {} : { compare: values.compare }),
    statistics: values.statistics ?? false,
    format: oneOf('--format', values.format ?? 'json', REPORT_FORMATS),
    ...(values['coordinate-check'] && { coordinateCheck: true as const }),
    ...(values.out === undefined ? {} : { out: values.out }),
  };
}

/** The options, with the run to compare with as their reference, if there is one. `uriOf` makes a URI of a path. */
export function comparedOptions(
  { options, compare = [] }: Pick<Arguments, 'options' | 'compare'>,
  uriOf: (path: string) => string,
): AnalysisOptions {
  const [roots, ...group] = compare.map((path) => [uriOf(path)]);
  if (roots === undefined) return options;
  return { ...options, reference: { roots, ...(group.length > 0 && { group }) } };
}

function parseOrThrow(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        layout: { type: 'string', multiple: true },
        groups: { type: 'string' },
        eps: { type: 'string' },
        'layer-scope': { type: 'string' },
        percentiles: { type: 'string' },
        numbers: { type: 'string' },
        reading: { type: 'string', multiple: true },
        reference: { type: 'string' },
        compare: { type: 'string', multiple: true },
        affine: { type: 'boolean' },
        running: { type: 'boolean' },
        statistics: { type: 'boolean' },
        'coordinate-check': { type: 'boolean' },
        format: { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function optionalNumber(
  flag: string,
  text: string | undefined,
  accepts: (value: number) => boolean,
  expected: string,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !accepts(value))
    throw new ArgumentError(`${flag} ${text}: expected ${expected}.`);
  return value;
}

function oneOf<T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((each) => each === text);
  if (choice === undefined) throw new ArgumentError(`${flag} ${text}: expected ${choices.join(', ')}.`);
  return choice;
}

function percentilesFrom(text: string): number[] {
  // Number('') is 0, which is not meant in `15,,85`.
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!values.every((p) => p >= 0 && p <= 100)) {
    throw new ArgumentError(`--percentiles ${text}: expected numbers from 0 to 100, separated by commas.`);
  }
  return [...new Set(values)].sort((a, b) => a - b);
}

function referenceFrom(text: string): Reference {
  if (text === 'first' || text === 'previous') return text;
  const step = Number(text);
  if (text.trim() === '' || !Number.isFinite(step)) {
    throw new ArgumentError(`--reference ${text}: expected first, previous or a step number.`);
  }
  return step;
}

/** `--numbers` is short for the question of numbers without a word. */
function readingsFrom(
  numbers: string | undefined,
  others: readonly string[],
): { readonly readings?: Readings } {
  const readings = others.map((text): readonly [string, string] => {
    const at = text.lastIndexOf('=');
    if (at <= 0 || at === text.length - 1)
      throw new ArgumentError(`--reading ${text}: expected QUESTION=READING, such as moments=layer.`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  if (numbers !== undefined) readings.push(['numbers', oneOf('--numbers', numbers, ['step', 'layer'])]);
  return readings.length === 0 ? {} : { readings: Object.fromEntries(readings) };
}

function layoutFrom(text: string): [string, string] {
  const at = text.lastIndexOf('=');
  const [layer, layout] = [text.slice(0, at), text.slice(at + 1)];
  if (at <= 0) throw new ArgumentError(`--layout ${text}: expected LAYER=LAYOUT, such as conv1=NCHW.`);
  const problem = layoutTextProblem(layout);
  if (problem !== undefined) throw new ArgumentError(`--layout ${text}: ${problem}`);
  return [layer, layout];
}
