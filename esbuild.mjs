// Builds every bundle. Usage: node esbuild.mjs [--production] [--watch] [--quiet] [--only=NAME]
//                                              [--tests=unit|findings|comparison|integration|e2e|bench]
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';
import { writeBundle } from './media/l10n/build.mjs';
import { h5wasm } from './src/formats/hdf5/build.mjs';
import { sourcesDigest } from './src/kernel/cache/build.mjs';
import { assembly } from './src/kernel/simd/build.mjs';
import { testBundles } from './test/build.mjs';
import { copyCodicons } from './webview/build.mjs';

const { values: flags } = parseArgs({
  options: {
    production: { type: 'boolean', default: false },
    watch: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
    only: { type: 'string' },
    tests: { type: 'string' },
  },
});

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

/** Loaded when the first file of their kind is opened: the same bundle on Node and in the web. */
const reader = { ...web, format: 'cjs', target: ['node16', 'chrome102'] };

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
  hdf5: { ...reader, entryPoints: { hdf5: 'src/formats/hdf5/hdf5.ts' }, plugins: [h5wasm] },
  zarr: { ...reader, entryPoints: { zarr: 'src/formats/zarr/zarr.ts' } },
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

async function optionsToBuild() {
  if (flags.tests !== undefined) return testBundles(flags.tests, { node, web, webSuffix, bundles });
  const names = flags.only === undefined ? Object.keys(bundles) : flags.only.split(',');
  return names.map((name) => ({ outdir: 'dist', ...bundles[name] }));
}

const options = await optionsToBuild();
if (flags.tests === undefined && flags.only === undefined)
  await Promise.all([copyCodicons('dist'), writeBundle()]);
if (flags.watch) {
  for (const each of options) await (await esbuild.context(each)).watch();
} else {
  await Promise.all(options.map((each) => esbuild.build(each)));
}
