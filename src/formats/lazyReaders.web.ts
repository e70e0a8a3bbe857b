import type { AssetReader, LazyReaders } from './lazyReaders';

let askHost: AssetReader | undefined;
const loaded = new Map<keyof LazyReaders, Promise<unknown>>();

/** A worker that was started from a Blob has no folder: the host reads the extension's files for it. */
export function provideAssets(read: AssetReader): void {
  askHost = read;
}

export const readAsset: AssetReader = async (name) => {
  if (askHost === undefined) throw new Error('Nobody provides the files of the extension.');
  return askHost(name);
};

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
