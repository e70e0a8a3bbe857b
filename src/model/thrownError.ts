/** A thrown value as plain data, with what caused it: for the log, never for the panel or a report. */
export interface ThrownError {
  /** Name of the error's class. */
  readonly name: string;
  /** Tag of the problem that the error carries, if any. */
  readonly code?: string;
  readonly message: string;
  /** Lines of the stack, innermost call first. */
  readonly frames: readonly string[];
  readonly cause?: ThrownError;
}

// Bounds, so that a hostile or endless chain stays a few kilobytes.
const MAX_CAUSES = 8;
const MAX_MESSAGE = 2000;
const MAX_FRAMES = 30;
const MAX_FRAME = 500;

/** Describes any thrown value. Never throws, whatever getters or cycles the value has. */
export function describeThrown(thrown: unknown): ThrownError {
  return describe(thrown, MAX_CAUSES);
}

function describe(thrown: unknown, causesLeft: number): ThrownError {
  if (!(thrown instanceof Error)) return { name: typeof thrown, message: text(thrown), frames: [] };
  const name = text(property(thrown, 'name'));
  const message = text(property(thrown, 'message'));
  const problem = property(thrown, 'problem') as { code?: unknown; cause?: ThrownError } | undefined;
  const own = property(thrown, 'cause');
  // A problem that came from another thread brings its cause along as plain data.
  const cause =
    problem?.cause ?? (own === undefined || causesLeft === 0 ? undefined : describe(own, causesLeft - 1));
  return {
    name,
    ...(problem?.code !== undefined && { code: text(problem.code) }),
    message,
    frames: framesOf(text(property(thrown, 'stack'), Number.POSITIVE_INFINITY), name, message),
    ...(cause !== undefined && { cause }),
  };
}

/**
 * The lines of a stack that are calls: V8 writes the name and the message, of one line or several, before them, other
 * engines write the calls alone.
 */
function framesOf(stack: string, name: string, message: string): string[] {
  const header = `${name}: ${message}`;
  const calls = stack.startsWith(header) ? stack.slice(header.length) : stack;
  return calls
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at ') || line.includes('@'))
    .slice(0, MAX_FRAMES)
    .map((line) => line.slice(0, MAX_FRAME));
}

function property(thrown: Error, name: string): unknown {
  try {
    return (thrown as unknown as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

function text(value: unknown, most = MAX_MESSAGE): string {
  try {
    return String(value ?? '').slice(0, most);
  } catch {
    return '';
  }
}

/** The error, its stack and its causes, one below the other, as a log shows them. */
export function formatThrown({ name, code, message, frames, cause }: ThrownError): string {
  const kind = code === undefined ? name : `${name} (${code})`;
  const lines = [`${kind}: ${message}`, ...frames.map((frame) => `    ${frame}`)];
  if (cause !== undefined) lines.push(`Caused by: ${formatThrown(cause)}`);
  return lines.join('\n');
}
