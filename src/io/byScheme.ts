import type { FileSystem } from './fileSystem';

/** Local files for `file:` URIs if the platform has them, otherwise the host's providers. */
export function fileSystemByScheme({
  local,
  host,
}: {
  local: FileSystem | undefined;
  host: FileSystem;
}): FileSystem {
  const of = (uri: string) => (local !== undefined && uri.startsWith('file:') ? local : host);
  return {
    stat: (uri) => of(uri).stat(uri),
    list: (uri) => of(uri).list(uri),
    open: (uri) => of(uri).open(uri),
    real: async (uri) => (await of(uri).real?.(uri)) ?? uri,
  };
}
