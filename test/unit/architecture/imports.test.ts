import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';

/** Which folders of src each folder may import from; every folder may import protocol. */
const ALLOWED: Record<string, readonly string[]> = {
  protocol: [],
  io: [],
  formats: ['io'],
  run: ['formats', 'io'],
  kernel: ['formats', 'io', 'run'],
  findings: [],
  report: ['findings', 'kernel', 'run', 'formats', 'io'],
  host: ['findings', 'report', 'run', 'formats', 'io'],
};

interface Import {
  readonly file: string;
  readonly module: string;
}

function sources(root: string): string[] {
  return (readdirSync(root, { recursive: true }) as string[])
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(root, name));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^(?:import|export)\s[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm)].map(
    (match) => ({
      file,
      module: match[1] ?? match[2],
    }),
  );
}

/** Top-level folder of src (or webview) that a relative import leads to. */
function folderOf({ file, module }: Import): string {
  const [top, folder = ''] = normalize(join(dirname(file), module)).split('/');
  return top === 'src' ? folder : top;
}

const isNode = (module: string) => module.startsWith('node:') || builtinModules.includes(module);
const relative = (each: Import) => each.module.startsWith('.');

describe('imports go one way', () => {
  const ofSource = sources('src').flatMap(importsOf);
  const ofWebview = sources('webview').flatMap(importsOf);

  it('finds the source', () => {
    assert.ok(ofSource.length > 100 && ofWebview.length > 20);
  });

  it('host → run → formats → io; kernel → formats, io', () => {
    const wrong = ofSource.filter(relative).filter((each) => {
      const from = each.file.split('/')[1];
      const to = folderOf(each);
      return from in ALLOWED && to !== from && to !== 'protocol' && !ALLOWED[from].includes(to);
    });
    assert.deepEqual(wrong, []);
  });

  it('the webview imports nothing of src but the protocol', () => {
    const wrong = ofWebview
      .filter(relative)
      .filter((each) => !['webview', 'protocol'].includes(folderOf(each)));
    assert.deepEqual(wrong, []);
  });

  it("only src/host and extension.ts import 'vscode'", () => {
    const wrong = [...ofSource, ...ofWebview].filter(
      ({ file, module }) => module === 'vscode' && !/^src\/(host\/|extension\.ts$)/.test(file),
    );
    assert.deepEqual(wrong, []);
  });

  it('Node is imported only where a twin stands in for the web, and by the report command', () => {
    const wrong = [...ofSource, ...ofWebview].filter(
      ({ file, module }) =>
        isNode(module) &&
        !existsSync(file.replace(/\.ts$/, '.web.ts')) &&
        !['src/report/main.ts', 'src/report/arguments.ts'].includes(file),
    );
    assert.deepEqual(wrong, []);
  });
});
