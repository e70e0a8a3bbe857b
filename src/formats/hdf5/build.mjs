import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { guardLoops } from './guardLoops.mjs';

const H5WASM = resolve('node_modules/h5wasm/dist/esm/hdf5_util.js');
const H5_PLUGINS = ['bz2', 'lzf', 'blosc', 'lz4', 'bshuf', 'zfp', 'zstd', 'blosc2'];

/**
 * An esbuild plugin that splits h5wasm, whose script contains its WebAssembly as text and creates one instance of it.
 * Here, the WebAssembly and the filters are separate files next to the bundle, and the script is a factory of
 * instances. All loops are guarded, because some filters never end on damaged data.
 */
export const h5wasm = {
  name: 'h5wasm',
  setup(build) {
    const { outdir } = build.initialOptions;
    build.onResolve({ filter: /^h5wasm\/module$/ }, () => ({ path: H5WASM, namespace: 'h5wasm' }));
    build.onLoad({ filter: /.*/, namespace: 'h5wasm' }, async ({ path }) => {
      const { script, code } = splitH5wasm(await readFile(path, 'utf8'));
      await mkdir(outdir, { recursive: true });
      await writeFile(join(outdir, 'hdf5.wasm'), guardLoops(code));
      for (const name of H5_PLUGINS) {
        const library = await readFile(`node_modules/h5wasm-plugins/plugins/libH5Z${name}.so`);
        await writeFile(join(outdir, `hdf5-${name}.so`), guardLoops(library));
      }
      return { contents: script, loader: 'js' };
    });
  },
};

/** The script without its embedded WebAssembly, and the WebAssembly. Throws if h5wasm is built differently. */
function splitH5wasm(source) {
  const lead = 'return binaryDecode(';
  const start = source.indexOf(lead) + lead.length;
  if (start < lead.length) throw new Error('h5wasm does not hold its WebAssembly where it used to.');
  let end = start + 1;
  while (source[end] !== "'") end += source[end] === '\\' ? 2 : 1;
  const text = new Function(`return ${source.slice(start, end + 1)}`)();
  const code = new Uint8Array(text.length);
  for (let i = 0; i < code.length; i++) code[i] = (~text.charCodeAt(i) >> 8) & text.charCodeAt(i);
  if (!WebAssembly.validate(code))
    throw new Error('h5wasm encodes its WebAssembly in another way than it used to.');
  return { script: `${source.slice(0, start)}''${source.slice(end + 1)}`, code };
}
