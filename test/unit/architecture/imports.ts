import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

/** One import of a file; `module` is what stands in quotes. */
export interface Import {
  readonly file: string;
  readonly module: string;
}

/** Files below a folder whose names match, by their paths from the root of the project. */
export function filesBelow(root: string, names: RegExp): string[] {
  return (readdirSync(root, { recursive: true }) as string[])
    .filter((name) => names.test(name))
    .map((name) => join(root, name.replaceAll('\\', '/')));
}

const STATIC = /^(?:import|export)\s[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm;
/** `import('x')`, in types as well. */
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]/g;

/** All modules that a text imports: with `import`, `export … from`, `import()` and in types. */
export function modulesOf(text: string): string[] {
  return [...text.matchAll(STATIC), ...text.matchAll(DYNAMIC)].map((match) => match[1] ?? match[2]);
}

export function importsOf(file: string): Import[] {
  return modulesOf(readFileSync(file, 'utf8')).map((module) => ({ file, module }));
}

/** Whether a text calls `import()` with something else than a string. */
export function importsExpression(text: string): boolean {
  return /\bimport\((?!\s*['"])/.test(text);
}

/**
 * The files that a relative import leads to: one, or two if `x.web.ts` replaces `x.ts` in web bundles. WebAssembly is
 * built from `x.ts`. Empty if there is no such file.
 */
export function targetsOf({ file, module }: Import): string[] {
  const path = join(dirname(file), module).replace(/(\.relaxed)?\.wasm$/, '');
  const found = ['', '.ts', '.tsx', '.d.ts', '/index.ts']
    .map((suffix) => path + suffix)
    .find((name) => /\.\w+$/.test(name) && existsSync(name));
  const twin = `${path}.web.ts`;
  return [found, existsSync(twin) ? twin : undefined].filter(
    (name) => name !== undefined && name !== file,
  ) as string[];
}

/** Groups of files that import each other, directly or around corners [Tarjan 1972]. */
export function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): number => {
    const number = order.size;
    let low = number;
    order.set(file, number);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, order.get(next) ?? low);
    }
    if (low === number) {
      const circle = stack.splice(stack.indexOf(file));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return low;
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return circles;
}
