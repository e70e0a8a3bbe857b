import { execFileSync } from 'node:child_process';
import { mkdir, open, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { GOOD, type HostileCase, type Node } from '../fixtures/hostile/hostileCase';

/** Makes `parent/run` with the hostile tree and a good file, and `parent/outside` with what must not be read. */
export async function makeRunFolder(parent: string, { tree, good = GOOD }: HostileCase): Promise<string> {
  const folder = join(parent, 'run');
  await mkdir(join(parent, 'outside'), { recursive: true });
  await writeFile(join(parent, 'outside', 'secret.npy'), GOOD.bytes);
  await writeFile(join(parent, 'outside', 'normscope.json'), '{"name":"secret"}');
  for (const [path, node] of [[good.path, good.bytes] as const, ...Object.entries(tree())])
    await makeNode(join(folder, path), node);
  return folder;
}

export async function changeRunFolder(
  folder: string,
  to: Readonly<Record<string, Node | 'gone'>>,
): Promise<void> {
  for (const [path, node] of Object.entries(to)) {
    // Overwrites existing bytes, like a program that saves a file again.
    if (!(node instanceof Uint8Array)) await rm(join(folder, path), { recursive: true });
    if (node !== 'gone') await makeNode(join(folder, path), node);
  }
}

async function makeNode(path: string, node: Node): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (node === 'folder') await mkdir(path, { recursive: true });
  else if (node === 'pipe') execFileSync('mkfifo', [path]);
  else if (node === 'zero device') makeDevice(path);
  else if (node === 'socket') await makeSocket(path);
  else if (typeof node === 'string' || node instanceof Uint8Array) await writeFile(path, node);
  else if ('link' in node) await symlink(node.link, path);
  else await makeHoles(path, node);
}

/** Only root may make a device; a pipe stands in for it elsewhere. */
function makeDevice(path: string): void {
  if (process.getuid?.() === 0) execFileSync('mknod', [path, 'c', '1', '5']);
  else execFileSync('mkfifo', [path]);
}

/** The name of a socket stays if its server ended without closing it. */
async function makeSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(path, resolve);
  });
  sockets.push(server);
}

const sockets: { close(): void }[] = [];

export function closeSockets(): void {
  for (const server of sockets.splice(0)) server.close();
}

async function makeHoles(path: string, { holes, at }: Extract<Node, { holes: number }>): Promise<void> {
  const file = await open(path, 'w');
  await file.truncate(holes);
  for (const [place, bytes] of Object.entries(at)) await file.write(bytes, 0, bytes.length, Number(place));
  await file.close();
}

/** Every path below a folder with what a write would change; links are not followed. */
export async function contentsOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const lines = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile()) return path;
      const { size, mtimeMs } = await stat(path);
      return `${path} ${size} ${mtimeMs}`;
    }),
  );
  return lines.sort();
}
