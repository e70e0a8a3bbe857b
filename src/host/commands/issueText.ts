import type { ProblemCode } from '../../model/problem';
import type { ThrownError } from '../../model/thrownError';
import type { LoggedProblem } from '../log';

/** The versions and kinds of what runs Normscope. */
export interface Versions {
  readonly extension: string;
  readonly vscode: string;
  /** Where the extension runs: desktop, a remote of some kind, or the web. */
  readonly host: string;
  readonly system: string;
  /** Absent in a web extension host. */
  readonly node?: string;
}

/**
 * The text of an issue, in English for those who read it: versions and the last problems. Of each problem, it contains
 * the tag, the kinds of the errors behind it and the calls in Normscope's own code. It contains no messages, paths or
 * layer names, because those can be private. It contains none of the characters `#%&+?`, whose encoding VS Code breaks
 * when it opens a URL.
 */
export function issueText(versions: Versions, recent: readonly LoggedProblem[]): string {
  const { extension, vscode, host, system, node } = versions;
  const lines = [
    '<!-- Describe what you did and what happened. -->',
    '',
    '**Versions**',
    '',
    `- Normscope ${extension}`,
    `- VS Code ${vscode}, ${host}`,
    `- ${system}`,
    ...(node === undefined ? [] : [`- Node ${node}`]),
    '',
    '**Last problems**',
    '',
  ];
  if (recent.length === 0) lines.push('None since Normscope started.');
  else lines.push('```text', ...recent.map(({ time, problem }) => problemText(time, problem)), '```');
  return `${lines.join('\n')}\n`;
}

function problemText(time: Date, problem: { code: ProblemCode; cause?: ThrownError }): string {
  const lines = [`${time.toISOString()} ${safeTag(problem.code)}`];
  for (let error = problem.cause; error !== undefined; error = error.cause) {
    const kind =
      error.code === undefined ? safeName(error.name) : `${safeName(error.name)} (${safeTag(error.code)})`;
    lines.push(`${error === problem.cause ? '' : 'Caused by '}${kind}`, ...ownFrames(error.frames));
  }
  return lines.join('\n');
}

/** The tag of a problem; anything else is hidden. */
function safeTag(code: string): string {
  return /^[a-z]{1,20}(-[a-z]{1,20})?$/.test(code) ? code : 'unknown';
}

/** Class names of the errors of JavaScript, WebAssembly, the platform and Normscope. Other names may be private. */
const ERROR_NAMES: ReadonlySet<string> = new Set([
  'Error',
  'AggregateError',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'CompileError',
  'LinkError',
  'RuntimeError',
  'AbortError',
  'DataCloneError',
  'QuotaExceededError',
  'ErrnoError',
  'FileSystemError',
  'ProblemError',
  'WireError',
]);

function safeName(name: string): string {
  return ERROR_NAMES.has(name) ? name : 'Error';
}

/** A call in one of the bundles that `esbuild.mjs` builds, with V8's `at` or another engine's `@` before its script. */
const OWN_FRAME =
  /(?:^|[/\\(@\s])((?:extension(?:\.web)?|kernel(?:\.web)?|webview|hdf5|zarr)\.js):(\d{1,7}):(\d{1,7})\)?$/;
/** The function's name, as V8 writes it. Code may name functions after data, but an identifier is not a path. */
const CALLED = /^at (?:async )?(?:new )?([\w$.<>]{1,80}) (?:\[as [^\]]*\] )?\(/;

/** The calls in Normscope's own code, each as its function, script, line and column. */
function ownFrames(frames: readonly string[]): string[] {
  return frames.flatMap((frame) => {
    const own = OWN_FRAME.exec(frame);
    if (own === null) return [];
    const [, script, line, column] = own;
    const called = CALLED.exec(frame)?.[1];
    const place = `${script}:${line}:${column}`;
    return [called === undefined ? `    at ${place}` : `    at ${called} (${place})`];
  });
}
