import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname } from 'node:path/posix';
import {
  circlesOf,
  filesBelow,
  type Import,
  importsExpression,
  importsOf,
  modulesOf,
  targetsOf,
} from './imports';

const MODEL = ['src/model', 'src/rpc'];
const FORMAT = ['src/formats', 'src/io', ...MODEL];
const RUN = ['src/run', 'src/formats', 'src/io', ...MODEL];
const FILES = ['src/formats', 'src/io', ...MODEL];
const HOST = ['src/host', 'src/protocol', 'src/formats', 'src/io', ...MODEL];

/** What the files of each folder may import from, besides their own folder. The arrows point down. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'src/model': [],
  'src/rpc': ['src/model'],
  'src/protocol': MODEL,
  'src/io': ['src/protocol', ...MODEL],

  'src/formats/distributed': ['src/formats/torch', ...FORMAT],
  'src/formats/hdf5': FORMAT,
  'src/formats/numpy': FORMAT,
  'src/formats/tensorboard': FORMAT,
  'src/formats/torch': ['src/formats/numpy', ...FORMAT],
  'src/formats/zarr': ['src/formats/numpy', ...FORMAT],
  'src/formats': [
    'src/formats/distributed',
    'src/formats/hdf5',
    'src/formats/numpy',
    'src/formats/tensorboard',
    'src/formats/torch',
    'src/formats/zarr',
    'src/io',
    ...MODEL,
  ],

  'src/run/naming': RUN,
  'src/run/listing': ['src/run/naming', 'src/protocol', ...RUN],
  'src/run/metadata': ['src/run/naming', ...RUN],
  'src/run/recorders': ['src/run/listing', 'src/run/naming', ...RUN],
  'src/run/scalars': ['src/run/listing', 'src/run/metadata', ...RUN],
  'src/run': [
    'src/run/scalars',
    'src/run/listing',
    'src/run/metadata',
    'src/run/naming',
    'src/run/recorders',
    'src/formats',
    'src/io',
    ...MODEL,
  ],

  'src/kernel/statistics': ['src/formats', ...MODEL],
  'src/kernel/simd/assembly': [],
  'src/kernel/simd': ['src/kernel/simd/assembly', 'src/kernel/statistics', ...MODEL],
  'src/kernel/tensor': ['src/kernel/simd', 'src/kernel/statistics', ...FILES],
  'src/kernel/methods': ['src/kernel/tensor', 'src/kernel/statistics', ...FILES],
  'src/kernel/record': [
    'src/kernel/methods',
    'src/kernel/tensor',
    'src/kernel/simd',
    'src/kernel/simd/assembly',
    'src/kernel/statistics',
    ...FILES,
  ],
  'src/kernel/figures': [
    'src/kernel/record',
    'src/kernel/simd',
    'src/kernel/statistics',
    'src/kernel/tensor',
    ...MODEL,
  ],
  'src/kernel/cache': ['src/kernel/record', 'src/kernel/methods', ...FILES],
  'src/kernel/compare': ['src/kernel/record', 'src/kernel/tensor', 'src/kernel/statistics', ...FILES],
  'src/kernel/workers': [
    'src/kernel/compare',
    'src/kernel/record',
    'src/kernel/methods',
    'src/kernel/tensor',
    ...FILES,
  ],
  'src/kernel/check': ['src/kernel/methods', 'src/kernel/tensor', 'src/kernel/statistics', ...FILES],
  'src/kernel/run': [
    'src/kernel/cache',
    'src/kernel/compare',
    'src/kernel/figures',
    'src/kernel/workers',
    'src/kernel/record',
    'src/kernel/methods',
    'src/kernel/tensor',
    'src/protocol',
    ...FILES,
    'src/kernel/statistics',
  ],
  'src/kernel': [
    'src/kernel/cache',
    'src/kernel/check',
    'src/kernel/figures',
    'src/kernel/run',
    'src/kernel/tensor',
    'src/kernel/workers',
    'src/run',
    'src/protocol',
    ...FILES,
  ],

  'src/findings': ['src/model'],
  'src/report': [
    'src/findings',
    'src/kernel',
    'src/kernel/check',
    'src/kernel/run',
    'src/kernel/tensor',
    'src/kernel/workers',
    'src/run',
    ...FILES,
  ],

  'src/host/kernel': HOST,
  'src/host/session': ['src/host/kernel', 'src/findings', 'src/run/listing', 'src/run/naming', ...HOST],
  'src/host/panel': ['src/host/session', ...HOST],
  'src/host/commands': ['src/host/panel', 'src/host/session', 'src/report', 'src/run', ...HOST],
  'src/host': ['src/host/panel', 'src/host/session', ...MODEL],
  src: [
    'src/host',
    'src/host/commands',
    'src/host/kernel',
    'src/host/panel',
    'src/host/session',
    'src/protocol',
    ...MODEL,
  ],

  'webview/styles': [],
  'webview/scheduling': [],
  'webview/charts': ['webview', 'webview/scheduling', 'src/protocol', ...MODEL],
  'webview/state': ['webview', 'src/protocol', ...MODEL],
  'webview/views': [
    'webview',
    'webview/charts',
    'webview/scheduling',
    'webview/state',
    'src/protocol',
    ...MODEL,
  ],
  'webview/pictures': ['webview', 'webview/charts', 'webview/state', 'src/protocol', ...MODEL],
  webview: [
    'webview/charts',
    'webview/pictures',
    'webview/scheduling',
    'webview/state',
    'webview/styles',
    'webview/views',
    ...MODEL,
  ],
};

/** The report command may use Node to read its arguments and write; all other files need a twin. */
const NODE_FILES = ['src/report/main.ts', 'src/report/arguments.ts'];
/** Loads the bundle of a reader, by its path. */
const LOADERS = ['src/formats/lazyReaders.ts'];

/** Lines of a file, at most: a longer one has more than one duty. */
const MAX_LINES = 400;

const isNode = (module: string) => module.startsWith('node:') || builtinModules.includes(module);
const isRelative = ({ module }: Import) => module.startsWith('.');

describe('architecture: imports', () => {
  const sources = [...filesBelow('src', /\.tsx?$/), ...filesBelow('webview', /\.tsx?$/)];
  const imports = sources.flatMap(importsOf);
  const relative = imports.filter(isRelative);

  it('finds the source and its imports', () => {
    assert.ok(sources.length > 200 && relative.length > 800);
  });

  it('has no file that is too long to read', () => {
    const lengths = [...sources, ...filesBelow('webview', /\.css$/)].map((file) => ({
      file,
      lines: readFileSync(file, 'utf8').split('\n').length - 1,
    }));
    assert.deepEqual(
      lengths.filter(({ lines }) => lines > MAX_LINES),
      [],
    );
  });

  it('knows every folder that has code', () => {
    const folders = [...new Set(sources.map((file) => dirname(file)))];
    assert.deepEqual(
      folders.filter((folder) => !(folder in ARROWS)),
      [],
    );
  });

  it('expects no folder that has no code', () => {
    const folders = new Set(sources.map((file) => dirname(file)));
    assert.deepEqual(
      Object.keys(ARROWS).filter((folder) => !folders.has(folder)),
      [],
    );
  });

  it('every relative import leads to a file', () => {
    const lost = relative.filter((each) => targetsOf(each).length === 0);
    assert.deepEqual(lost, []);
  });

  it('follow the arrows', () => {
    const wrong = relative.flatMap((each) =>
      targetsOf(each).flatMap((target) => {
        const [from, to] = [dirname(each.file), dirname(target)];
        return from === to || ARROWS[from]?.includes(to) ? [] : [`${each.file} -> ${target}`];
      }),
    );
    assert.deepEqual(wrong, []);
  });

  it('form no circle', () => {
    const graph = new Map(
      sources.map((file) => [file, importsOf(file).filter(isRelative).flatMap(targetsOf)] as const),
    );
    assert.deepEqual(circlesOf(graph), []);
  });

  it('the webview imports nothing of src but model, protocol and rpc', () => {
    const wrong = relative
      .filter(({ file }) => file.startsWith('webview/'))
      .filter((each) =>
        targetsOf(each).some((target) => !/^(webview|src\/(model|protocol|rpc))\//.test(target)),
      );
    assert.deepEqual(wrong, []);
  });

  it("only src/host and extension.ts import 'vscode'", () => {
    const wrong = imports.filter(
      ({ file, module }) => module === 'vscode' && !/^src\/(host\/|extension\.ts$)/.test(file),
    );
    assert.deepEqual(wrong, []);
  });

  it('Node is imported only in files with a web twin, and by the report command', () => {
    const wrong = imports.filter(
      ({ file, module }) =>
        isNode(module) && !existsSync(file.replace(/\.ts$/, '.web.ts')) && !NODE_FILES.includes(file),
    );
    assert.deepEqual(wrong, []);
  });

  it('only the reader loader imports a computed path', () => {
    const wrong = sources.filter((file) => importsExpression(readFileSync(file, 'utf8')));
    assert.deepEqual(wrong, LOADERS);
  });

  it('code of the build and code of the extension do not import each other', () => {
    const build = [...filesBelow('src', /\.mjs$/), ...filesBelow('webview', /\.mjs$/)];
    assert.ok(build.length > 3);
    const wrong = [
      ...imports.filter(({ module }) => module.endsWith('.mjs')),
      ...build.flatMap(importsOf).filter((each) => isRelative(each) && !each.module.endsWith('.mjs')),
    ];
    assert.deepEqual(wrong, []);
  });
});

describe('architecture: how imports are found', () => {
  it('sees every way to import', () => {
    const text = [
      "import { a } from './a';",
      'import type {\n  B,\n  C,\n} from "x";'.replaceAll('"', "'"),
      "import './side';",
      "export { d } from './d';",
      "export * from './e';",
      "const f = await import('./f');",
      "type G = typeof import('./g');",
    ].join('\n');
    assert.deepEqual(modulesOf(text), ['./a', 'x', './side', './d', './e', './f', './g']);
    assert.ok(!importsExpression(text));
    assert.ok(importsExpression('await import(pathOf(name))'));
  });

  it('finds circles of two and more files, and nothing else', () => {
    const graph = (arrows: Record<string, string[]>) => circlesOf(new Map(Object.entries(arrows)));
    assert.deepEqual(graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }), []);
    assert.deepEqual(graph({ a: ['b'], b: ['a'] }), [['a', 'b']]);
    assert.deepEqual(graph({ a: ['b'], b: ['c'], c: ['d'], d: ['b'], e: ['a'] }), [['b', 'c', 'd']]);
  });

  it('follows an import to both twins', () => {
    const targets = targetsOf({ file: 'src/formats/open.ts', module: './assets' });
    assert.deepEqual(targets, ['src/formats/assets.ts', 'src/formats/assets.web.ts']);
  });
});
