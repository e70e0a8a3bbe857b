/** The segments of a URI's path, decoded, without query and fragment. */
export function uriSegments(uri: string): readonly string[] {
  const path = uri.replace(/[?#].*$/u, '').replace(/^[a-z][\w+.-]*:(?:\/\/[^/]*)?/iu, '');
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decoded);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** How many leading segments all paths share; of no paths, none. */
export function sharedSegments(paths: readonly (readonly string[])[]): number {
  // As the arguments of one call, the lengths of a million paths overflow the stack.
  const shortest = paths.reduce((least, { length }) => Math.min(least, length), paths[0]?.length ?? 0);
  for (let index = 0; index < shortest; index++) {
    if (paths.some((path) => path[index] !== paths[0][index])) return index;
  }
  return shortest;
}
