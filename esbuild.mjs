// Builds every bundle. Usage: node esbuild.mjs [--production] [--watch] [--quiet] [--only=NAME]
//                                              [--tests=unit|integration|e2e|bench]
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';
import { guardLoops } from './src/formats/guardLoops.mjs';

const { values: flags } = parseArgs({
  options: {
    production: { type: 'boolean', default: false },
    watch: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
    only: { type: 'string' },
    tests: { type: 'string' },
  },
});

/**
 * Compiles the kernel's hot loops, which are AssemblyScript, into the bundle that imports them: `x.wasm` is made from
 * `x.ts`, and `x.relaxed.wasm` too, for engines that have relaxed SIMD.
 */
const assembly = {
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

const compiledAssembly = new Map();

/** WebAssembly from an AssemblyScript entry, compiled once for all bundles. Throws with the compiler's messages. */
function compileAssembly(path) {
  if (flags.watch || !compiledAssembly.has(path)) compiledAssembly.set(path, keptOrCompiled(path));
  return compiledAssembly.get(path);
}

/** The compiler's arguments for `x.wasm` or `x.relaxed.wasm`. */
function assemblyOptions(path) {
  const [, entry, relaxed] = /^(.*?)(\.relaxed)?\.wasm$/.exec(basename(path)) ?? [];
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--use', 'abort='];
  return [`${entry}.ts`, ...options, ...(relaxed === undefined ? [] : ['--enable', 'relaxed-simd'])];
}

/** What the same sources were compiled to before lies in out/assembly, by a digest of all that decides it. */
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

/** Folders whose code decides what a sketch holds. */
const SKETCH_SOURCES = ['formats', 'io', 'kernel', 'protocol', 'run'].map((name) => join('src', name));

/** A digest of the kernel's sources: sketches that other code computed are never shown. */
const sourcesDigest = {
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

const H5WASM = resolve('node_modules/h5wasm/dist/esm/hdf5_util.js');
const H5_PLUGINS = ['bz2', 'lzf', 'blosc', 'lz4', 'bshuf', 'zfp', 'zstd', 'blosc2'];

/**
 * h5wasm has its WebAssembly as a text inside its script, of which it makes one instance. Here it is a file beside
 * the bundle, and the script a factory of instances; the filters lie beside it, too. All loops are guarded: some of
 * the filters never end on damaged data.
 */
const h5wasm = {
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

/** The script with its text of WebAssembly taken out, and that. Throws where h5wasm is built in another way. */
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

const common = {
  bundle: true,
  plugins: [assembly, sourcesDigest],
  minify: flags.production,
  sourcemap: flags.production ? false : 'linked',
  logLevel: flags.quiet ? 'error' : 'warning',
  legalComments: 'none',
};

/** VS Code 1.74 is the oldest that engines.vscode allows: Electron 19, Node 16, Chrome 102. */
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node16',
  define: { ASSET_FOLDER: '__dirname' },
};
const web = { ...common, platform: 'browser', target: 'chrome102' };

/** The host and the kernel choose Node or web by file suffix: `x.web.ts` stands in for `x.ts` in web bundles. */
const webSuffix = { resolveExtensions: ['.web.ts', '.ts', '.tsx', '.js', '.mjs', '.json'] };

const bundles = {
  extension: { ...node, entryPoints: { extension: 'src/extension.ts' }, external: ['vscode'] },
  extensionWeb: {
    ...web,
    ...webSuffix,
    format: 'cjs',
    entryPoints: { 'extension.web': 'src/extension.ts' },
    external: ['vscode'],
  },
  kernel: { ...node, entryPoints: { kernel: 'src/kernel/worker.ts' } },
  kernelWeb: { ...web, ...webSuffix, format: 'iife', entryPoints: { 'kernel.web': 'src/kernel/worker.ts' } },
  // Loaded when the first file of their kind is opened: the same bundle on Node and in the web.
  hdf5: {
    ...web,
    format: 'cjs',
    target: ['node16', 'chrome102'],
    entryPoints: { hdf5: 'src/formats/hdf5.ts' },
    plugins: [h5wasm],
  },
  zarr: {
    ...web,
    format: 'cjs',
    target: ['node16', 'chrome102'],
    entryPoints: { zarr: 'src/formats/zarr.ts' },
  },
  webview: {
    ...web,
    format: 'iife',
    entryPoints: { webview: 'webview/main.tsx' },
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
  },
  report: { ...node, target: 'node20', entryPoints: { report: 'src/report/main.ts' } },
};

/** Tests lie in many folders; what they load when it is needed is in one. */
const testAssets = { ASSET_FOLDER: JSON.stringify(resolve('out/test/dist')) };

const testSuites = {
  unit: async () => [
    {
      ...node,
      target: 'node20',
      entryPoints: [
        ...(await testFiles('test/unit')),
        ...(await testFiles('test/contract')),
        ...(await testFiles('test/hostile')),
        'test/hostile/victim.ts',
        'test/hostile/fuzz.ts',
      ],
      outdir: 'out/test',
      outbase: 'test',
      packages: 'external',
      define: testAssets,
      alias: { vscode: './test/contract/vscodeStub.ts' },
      jsx: 'automatic',
      jsxImportSource: 'preact',
    },
    // The worker that the tests of the host's link to it start, and the command.
    { ...bundles.kernel, outdir: 'out/test/dist' },
    { ...bundles.report, outdir: 'out/test/dist' },
    { ...bundles.hdf5, outdir: 'out/test/dist' },
    { ...bundles.zarr, outdir: 'out/test/dist' },
  ],
  integration: async () => [
    {
      ...node,
      entryPoints: { 'integration/index.node': 'test/integration/index.node.ts' },
      outdir: 'out/test',
      external: ['vscode', 'mocha'],
    },
    {
      ...web,
      ...webSuffix,
      format: 'cjs',
      entryPoints: { 'integration/index.web': 'test/integration/index.web.ts' },
      outdir: 'out/test',
      external: ['vscode'],
    },
  ],
  e2e: async () => ({
    ...node,
    target: 'node20',
    entryPoints: await testFiles('test/e2e'),
    outdir: 'out/test',
    outbase: 'test',
    packages: 'external',
  }),
  bench: async () => [
    // The worker that the pool's helpers are.
    { ...bundles.kernel, outdir: 'out/test/bench/dist' },
    { ...bundles.hdf5, outdir: 'out/test/bench/dist' },
    { ...bundles.zarr, outdir: 'out/test/bench/dist' },
    {
      ...node,
      target: 'node20',
      format: 'esm',
      define: { ASSET_FOLDER: JSON.stringify(resolve('out/test/bench/dist')) },
      outExtension: { '.js': '.mjs' },
      entryPoints: ['bench', 'kernel', 'host', 'bigFiles'].map((name) => `test/bench/${name}.ts`),
      outbase: 'test',
      outdir: 'out/test',
      packages: 'external',
      alias: { vscode: './test/contract/vscodeStub.ts' },
    },
  ],
};

/** Files below `folder` that end in `.test.ts` or `.test.tsx`. */
async function testFiles(folder) {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((name) => /\.test\.tsx?$/.test(name)).map((name) => join(folder, name));
}

/** Codicons come from their package: the font and its sheet are copied beside the webview bundle. */
async function copyCodicons() {
  await mkdir('dist', { recursive: true });
  for (const file of ['codicon.css', 'codicon.ttf']) {
    await copyFile(join('node_modules/@vscode/codicons/dist', file), join('dist', file));
  }
}

async function optionsToBuild() {
  if (flags.tests !== undefined) {
    // What was built of a test that is gone would still be run.
    const folders = flags.tests === 'unit' ? ['unit', 'contract', 'hostile'] : [flags.tests];
    for (const folder of folders) await rm(join('out/test', folder), { recursive: true, force: true });
    return [await testSuites[flags.tests]()].flat();
  }
  const names = flags.only === undefined ? Object.keys(bundles) : flags.only.split(',');
  return names.map((name) => ({ outdir: 'dist', ...bundles[name] }));
}

const options = await optionsToBuild();
if (flags.tests === undefined && flags.only === undefined) await copyCodicons();
if (flags.watch) {
  for (const each of options) await (await esbuild.context(each)).watch();
} else {
  await Promise.all(options.map((each) => esbuild.build(each)));
}
