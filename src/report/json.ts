import type { Report, ReportStep } from './report';

/** Objects and lists below this depth are written in one piece: those of a step have at most a few megabytes. */
const DEPTH = 5;

/** The report as `JSON.stringify(report, null, 2)` writes it. */
export function* jsonChunks(report: Report): Generator<string> {
  yield* valueChunks(report, '', DEPTH);
  yield '\n';
}

function* valueChunks(value: unknown, indent: string, depth: number): Generator<string> {
  const isList = Array.isArray(value);
  const entries =
    typeof value === 'object' && value !== null && depth > 0 && !isShortStep(value)
      ? Object.entries(value).filter(([, each]) => isList || each !== undefined)
      : [];
  if (entries.length === 0) {
    yield JSON.stringify(value ?? null, null, 2).replaceAll('\n', `\n${indent}`);
    return;
  }
  const inner = `${indent}  `;
  let separator = isList ? '[\n' : '{\n';
  for (const [key, each] of entries) {
    yield `${separator}${inner}${isList ? '' : `${JSON.stringify(key)}: `}`;
    yield* valueChunks(each, inner, depth - 1);
    separator = ',\n';
  }
  yield `\n${indent}${isList ? ']' : '}'}`;
}

/** Whether this is a step without the statistics of every unit, which can be as long as a string can be. */
function isShortStep(value: object): boolean {
  if (!('methods' in value)) return false;
  const { methods } = value as ReportStep;
  return Object.values(methods).every((method) => !('units' in method));
}
