import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders whose code decides what a sketch holds. */
const SKETCH_SOURCES = ['formats', 'io', 'kernel', 'model', 'protocol', 'rpc', 'run'].map((name) =>
  join('src', name),
);

/** An esbuild plugin: a digest of the kernel's sources, so that sketches computed by other code are never shown. */
export const sourcesDigest = {
  name: 'sources-digest',
  setup(build) {
    build.onResolve({ filter: /^sources-digest$/ }, ({ path }) => ({ path, namespace: 'sources-digest' }));
    build.onLoad({ filter: /.*/, namespace: 'sources-digest' }, async () => {
      const hash = createHash('sha256');
      for (const folder of SKETCH_SOURCES) {
        const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
        for (const name of names.sort()) hash.update(`${name}\n`).update(await readFile(join(folder, name)));
      }
      return { contents: hash.digest('hex').slice(0, 16), loader: 'text', watchDirs: SKETCH_SOURCES };
    });
  },
};
