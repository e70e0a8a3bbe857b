import type { Report, ReportStep } from './report';

/** Objects and lists below this depth are written in one piece: those of a step have at most a few megabytes. */
const DEPTH = 5;

/** The report as `JSON.stringify(report, null, 2)` writes it. */
export function* jsonChunks(report: Report): Generator<string> {
  yield* valueChunks(report, 0);
  yield '\n';
}

/** `depth`: how many objects and lists are around the value. */
function* valueChunks(value: unknown, depth: number): Generator<string> {
  const isDivided = typeof value === 'object' && value !== null && depth < DEPTH && !isShortStep(value);
  const isList = Array.isArray(value);
  const keys = isDivided ? Object.keys(value) : [];
  const indent = INDENT.repeat(depth);
  let separator = isList ? '[\n' : '{\n';
  let isEmpty = true;
  for (const key of keys) {
    // One at a time: the elements of a list may be made when they are looked at.
    const each = (value as Readonly<Record<string, unknown>>)[key];
    if (each === undefined && !isList) continue;
    yield `${separator}${indent}${INDENT}${isList ? '' : `${JSON.stringify(key)}: `}`;
    yield* valueChunks(each, depth + 1);
    separator = ',\n';
    isEmpty = false;
  }
  yield isEmpty ? indented(value, depth) : `\n${indent}${isList ? ']' : '}'}`;
}

const INDENT = '  ';

/** A value in one piece. The lists around it make JSON indent it, which is faster than to do so afterward. */
function indented(value: unknown, depth: number): string {
  let around: unknown = value ?? null;
  for (let i = 0; i < depth; i++) around = [around];
  const text = JSON.stringify(around, null, INDENT);
  // Each list adds its bracket, a line break, and the indent of what is inside it, at either end.
  const begin = 2 * depth + (INDENT.length * depth * (depth + 1)) / 2;
  const end = 2 * depth + (INDENT.length * depth * (depth - 1)) / 2;
  return text.slice(begin, text.length - end);
}

/** Whether this is a step without the statistics of every unit, which can be as long as a string can be. */
function isShortStep(value: object): boolean {
  if (!('methods' in value)) return false;
  const { methods } = value as ReportStep;
  return Object.values(methods).every((method) => !('units' in method));
}
