import { isObject } from '../metadata/fields';

/** A longer line is skipped: the figures of a step are short. */
const MAX_LINE = 1 << 20;

/**
 * Reads the objects of JSON Lines [jsonlines.org]. Other lines are skipped, such as one that is still being
 * written. NaN and Infinity, which Python's json module writes though JSON does not have them, are read as texts.
 */
export function* jsonLines(text: string): Generator<Readonly<Record<string, unknown>>> {
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf('\n', start);
    const end = next < 0 ? text.length : next;
    if (end - start <= MAX_LINE) {
      const value = parsed(text.slice(start, end));
      if (isObject(value)) yield value;
    }
    start = end + 1;
  }
}

function parsed(line: string): unknown {
  if (line.trim() === '') return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return parsedFromPython(line);
  }
}

function parsedFromPython(line: string): unknown {
  const quoted = line.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/gu, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  );
  try {
    return JSON.parse(quoted);
  } catch {
    return undefined;
  }
}
