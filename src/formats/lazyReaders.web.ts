import { translations } from '../model/translations';
import { readAsset } from './assets.web';
import type { LazyReaders } from './lazyReaders';

const loaded = new Map<keyof LazyReaders, Promise<LazyReaders[keyof LazyReaders]>>();

/** Loads a reader's bundle, once, in the current language. */
export async function loadReader<Name extends keyof LazyReaders>(name: Name): Promise<LazyReaders[Name]> {
  const bundle = loaded.get(name) ?? evaluate(`${name}.js`);
  loaded.set(name, bundle);
  bundle.catch(() => loaded.delete(name));
  const reader = (await bundle) as LazyReaders[Name];
  reader.setTranslations(translations());
  return reader;
}

/** Runs a CommonJS bundle, in the way in which the web extension host runs extensions. */
async function evaluate(name: string): Promise<LazyReaders[keyof LazyReaders]> {
  const module = { exports: {} as LazyReaders[keyof LazyReaders] };
  new Function('module', 'exports', new TextDecoder().decode(await readAsset(name)))(module, module.exports);
  return module.exports;
}
