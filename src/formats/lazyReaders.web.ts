import { readAsset } from './assets.web';
import type { LazyReaders } from './lazyReaders';

const loaded = new Map<keyof LazyReaders, Promise<unknown>>();

/** Loads a reader's bundle, once. */
export function loadReader<Name extends keyof LazyReaders>(name: Name): Promise<LazyReaders[Name]> {
  const bundle = loaded.get(name) ?? evaluate(`${name}.js`);
  loaded.set(name, bundle);
  bundle.catch(() => loaded.delete(name));
  return bundle as Promise<LazyReaders[Name]>;
}

/** Runs a CommonJS bundle, in the way in which the web extension host runs extensions. */
async function evaluate(name: string): Promise<unknown> {
  const module = { exports: {} };
  new Function('module', 'exports', new TextDecoder().decode(await readAsset(name)))(module, module.exports);
  return module.exports;
}
