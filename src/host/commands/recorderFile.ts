/** What lies where the recorder is to be written, compared with the recorder that comes with this extension. */
export type Present =
  | { readonly kind: 'same' }
  /** A recorder as it once came with Normscope, of an older or a newer version. */
  | { readonly kind: 'older' | 'newer'; readonly version: string }
  /** Of the same version, but not the same text: somebody changed it. */
  | { readonly kind: 'changed'; readonly version: string }
  /** Some other file of this name. */
  | { readonly kind: 'foreign' };

/** Says what an existing file is; both are the files' texts. Line endings do not count. */
export function whatIsThere(existing: string, ours: string): Present {
  if (unixLines(existing) === unixLines(ours)) return { kind: 'same' };
  const [version, own] = [recorderVersion(existing), recorderVersion(ours)];
  if (version === undefined || own === undefined) return { kind: 'foreign' };
  const order = compareVersions(version, own);
  return { kind: order < 0 ? 'older' : order > 0 ? 'newer' : 'changed', version };
}

/** The version that a recorder says it has; undefined where the text is none. */
export function recorderVersion(text: string): string | undefined {
  if (!/^class Recorder\b/mu.test(text)) return undefined;
  return /^__version__ = "(\d+\.\d+\.\d+)"\s*$/mu.exec(text)?.[1];
}

/** Below 0 where `a` is the older, above 0 where it is the newer. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  const place = left.findIndex((part, i) => part !== right[i]);
  return place < 0 ? 0 : left[place] - right[place];
}

function unixLines(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
