/**
 * Works on strings, because this code also runs where `vscode.Uri` is not available, and treats all schemes the same.
 */

/** The URI of an entry of a folder, given its decoded name. */
export function childUri(folder: string, name: string): string {
  return `${folder.replace(/\/+$/, '')}/${encodeURIComponent(name)}`;
}

/** The URI of the folder that holds this one. */
export function parentUri(uri: string): string {
  const trimmed = uri.replace(/\/+$/, '');
  return trimmed.slice(0, trimmed.lastIndexOf('/') + 1).replace(/([^:/])\/$/, '$1');
}

/** The last segment of the path, decoded. */
export function baseName(uri: string): string {
  const trimmed = uri.replace(/\/+$/, '');
  return decode(trimmed.slice(trimmed.lastIndexOf('/') + 1));
}

/** The path from a root to one of its descendants, decoded, with `/` between segments; the base name for the root itself. */
export function relativePath(root: string, uri: string): string {
  const prefix = `${root.replace(/\/+$/, '')}/`;
  if (!uri.startsWith(prefix)) return baseName(uri);
  return uri.slice(prefix.length).split('/').map(decode).join('/');
}

/** Whether a place is a folder, or below it; both without links on the way. */
export function isWithin(folder: string, uri: string): boolean {
  return uri === folder || uri.startsWith(`${folder.replace(/\/+$/u, '')}/`);
}

/** Percent-decodes a segment; one that was not encoded stays as it is. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
