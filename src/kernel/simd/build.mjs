import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * An esbuild plugin that compiles the kernel's hot loops, which are AssemblyScript, into the bundle that imports them:
 * `x.wasm` is made from `x.ts`, and `x.relaxed.wasm` too, for engines that have relaxed SIMD.
 */
export const assembly = {
  name: 'assembly',
  setup(build) {
    build.onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      namespace: 'assembly',
    }));
    build.onLoad({ filter: /.*/, namespace: 'assembly' }, async ({ path }) => ({
      contents: await compileAssembly(path),
      loader: 'binary',
      watchDirs: [dirname(path)],
    }));
  },
};

/** Compilations under way, by path: several bundles import the same code. */
const compiling = new Map();

/** WebAssembly from an AssemblyScript entry. Throws with the compiler's messages. */
function compileAssembly(path) {
  const code = compiling.get(path) ?? keptOrCompiled(path).finally(() => compiling.delete(path));
  compiling.set(path, code);
  return code;
}

/** The compiler's arguments for `x.wasm` or `x.relaxed.wasm`. */
function assemblyOptions(path) {
  const [, entry, relaxed] = /^(.*?)(\.relaxed)?\.wasm$/.exec(basename(path)) ?? [];
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--use', 'abort='];
  return [`${entry}.ts`, ...options, ...(relaxed === undefined ? [] : ['--enable', 'relaxed-simd'])];
}

/** Earlier results are kept in out/assembly, by a digest of the compiler's version, its options and all sources. */
async function keptOrCompiled(path) {
  const folder = dirname(path);
  const options = assemblyOptions(path);
  const { version } = JSON.parse(await readFile('node_modules/assemblyscript/package.json', 'utf8'));
  const hash = createHash('sha256').update(JSON.stringify([version, options]));
  for (const name of (await readdir(folder)).sort())
    hash.update(`\n${name}\n`).update(await readFile(join(folder, name)));
  const kept = join('out/assembly', `${hash.digest('hex')}.wasm`);
  const found = await readFile(kept).catch(() => undefined);
  if (found !== undefined) return found;
  const code = await runCompiler(folder, options);
  await mkdir(dirname(kept), { recursive: true });
  await writeFile(`${kept}.${process.pid}`, code);
  await rename(`${kept}.${process.pid}`, kept);
  return code;
}

async function runCompiler(folder, options) {
  const { default: compiler } = await import('assemblyscript/asc');
  let code;
  const { error, stderr } = await compiler.main([...options, '--baseDir', folder, '--outFile', 'code'], {
    readFile: (name, base) => readFile(join(base ?? '.', name), 'utf8').catch(() => null),
    writeFile: (_name, contents) => {
      code = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${folder}/${options[0]}: ${error.message}\n${stderr}`);
  return code;
}
