/** An existing file, compared with the recorder of this extension. */
export type Present =
  | { readonly kind: 'same' }
  /** A recorder of an older or newer version of Normscope. */
  | { readonly kind: 'older' | 'newer'; readonly version: string }
  /** The same version with other text: it was changed. */
  | { readonly kind: 'changed'; readonly version: string }
  /** Another file of this name. */
  | { readonly kind: 'foreign' };

/** Compares the text of an existing file with that of the recorder, ignoring line endings. */
export function whatIsThere(existing: string, ours: string): Present {
  if (unixLines(existing) === unixLines(ours)) return { kind: 'same' };
  const [version, own] = [recorderVersion(existing), recorderVersion(ours)];
  if (version === undefined || own === undefined) return { kind: 'foreign' };
  const order = compareVersions(version, own);
  return { kind: order < 0 ? 'older' : order > 0 ? 'newer' : 'changed', version };
}

/** The version of a recorder; undefined if the text is not a recorder. */
export function recorderVersion(text: string): string | undefined {
  if (!/^class Recorder\b/mu.test(text)) return undefined;
  return /^__version__ = "(\d+\.\d+\.\d+)"\s*$/mu.exec(text)?.[1];
}

/** Negative if `a` is older, positive if it is newer. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  const place = left.findIndex((part, i) => part !== right[i]);
  return place < 0 ? 0 : left[place] - right[place];
}

function unixLines(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
