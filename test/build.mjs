import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const OUTPUT = 'out/test';

const VSCODE_STUB = { vscode: './test/contract/vscodeStub.ts' };

/** What the bundles of one suite have in common: dependencies are loaded from node_modules. */
const suite = { target: 'node20', outdir: OUTPUT, outbase: 'test', packages: 'external' };

/** Where a test finds the bundles that are loaded when they are needed. */
const assets = (folder) => ({ ASSET_FOLDER: JSON.stringify(resolve(folder)) });

const inFolder = (outdir, ...bundles) => bundles.map((bundle) => ({ ...bundle, outdir }));

/** Files below `folder` that end in `.test.ts` or `.test.tsx`. */
async function testFiles(folder) {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((name) => /\.test\.tsx?$/.test(name)).map((name) => join(folder, name));
}

/** The options of each suite's bundles, from those of the extension's bundles. */
const suites = {
  async unit({ node, bundles }) {
    const folder = `${OUTPUT}/dist`;
    return [
      {
        ...node,
        ...suite,
        entryPoints: [
          ...(await testFiles('test/unit')),
          ...(await testFiles('test/contract')),
          ...(await testFiles('test/hostile')),
          'test/hostile/victim.ts',
          'test/hostile/fuzz.ts',
        ],
        define: assets(folder),
        alias: VSCODE_STUB,
        jsx: 'automatic',
        jsxImportSource: 'preact',
      },
      // The worker that the tests of the host's link to it start, and the command.
      ...inFolder(folder, bundles.kernel, bundles.report, bundles.hdf5, bundles.zarr),
    ];
  },

  async integration({ node, web, webSuffix }) {
    const entry = (name) => ({ [`integration/${name}`]: `test/integration/${name}.ts` });
    return [
      { ...node, entryPoints: entry('index.node'), outdir: OUTPUT, external: ['vscode', 'mocha'] },
      {
        ...web,
        ...webSuffix,
        format: 'cjs',
        entryPoints: entry('index.web'),
        outdir: OUTPUT,
        external: ['vscode'],
      },
    ];
  },

  async e2e({ node }) {
    return [{ ...node, ...suite, entryPoints: await testFiles('test/e2e') }];
  },

  findings: (common) => script(common, 'findings', 'report'),
  comparison: (common) => script(common, 'comparison', 'calibrate'),

  async bench({ node, bundles }) {
    const folder = `${OUTPUT}/bench/dist`;
    return [
      // The kernel's bundle is also that of the pool's workers.
      ...inFolder(folder, bundles.kernel, bundles.report, bundles.hdf5, bundles.zarr),
      {
        ...node,
        ...suite,
        format: 'esm',
        define: assets(folder),
        outExtension: { '.js': '.mjs' },
        entryPoints: ['bench', 'kernel', 'host', 'growthTask', 'bigFiles'].map(
          (name) => `test/bench/${name}.ts`,
        ),
        alias: VSCODE_STUB,
      },
    ];
  },
};

/** A script that runs the report's code. */
async function script({ node, bundles }, suiteName, name) {
  const folder = `${OUTPUT}/${suiteName}`;
  return [
    ...inFolder(folder, bundles.hdf5, bundles.zarr),
    {
      ...node,
      ...suite,
      packages: 'bundle',
      define: assets(folder),
      entryPoints: [`test/${suiteName}/${name}.ts`],
    },
  ];
}

/** The options of all bundles of a suite, once bundles of tests that no longer exist are deleted. */
export async function testBundles(name, common) {
  const folders = name === 'unit' ? ['unit', 'contract', 'hostile'] : [name];
  for (const folder of folders) await rm(join(OUTPUT, folder), { recursive: true, force: true });
  return suites[name](common);
}
