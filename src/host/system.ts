import * as os from 'node:os';

/** The operating system and Node's version, of a Node extension host. */
export function systemVersions(): { readonly system: string; readonly node?: string } {
  // The version of a custom kernel may contain the name of its machine, so only the numbers are kept.
  const version = /^\d+(\.\d+)*/.exec(os.release())?.[0] ?? '';
  return { system: `${os.type()} ${version} ${os.arch()}`, node: process.versions.node };
}
