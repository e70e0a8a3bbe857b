import * as os from 'node:os';

/** The operating system and Node's version, of a Node extension host. */
export function systemVersions(): { readonly system: string; readonly node?: string } {
  // A kernel that somebody built may be named after its machine: the numbers say enough.
  const version = /^\d+(\.\d+)*/.exec(os.release())?.[0] ?? '';
  return { system: `${os.type()} ${version} ${os.arch()}`, node: process.versions.node };
}
