import { t } from '@vscode/l10n';
import type { RecordPlace, RunCatalog } from '../model/catalog';
import { listed } from './input';

/** Whether the layers are in network order, so that one of several can be called the first. */
export function isOrderKnown({ order, layers }: Pick<RunCatalog<RecordPlace>, 'order' | 'layers'>): boolean {
  return order !== 'names' || layers.length < 2;
}

/** Formats the names of layers as `a, b, c`, in catalog order. Shortens long lists. */
export function layerNames({ layers }: RunCatalog, ids: Iterable<number>): string {
  const ordered = [...new Set(ids)].sort((a, b) => a - b);
  return listed(ordered.map((id) => layers[id].name));
}

/** Returns a sentence that explains why no layer is called the first. */
export function unknownOrder(catalog: RunCatalog, ids: Iterable<number>): string {
  return t('The order of layers is not known from these files: {0}.', layerNames(catalog, ids));
}

/** Name of the module that a layer belongs to, without the recorder's `.input` suffix. */
function moduleName(name: string): string {
  return name.endsWith('.input') ? name.slice(0, -'.input'.length) : name;
}

/**
 * Describes the place between two neighbors, to follow a verb: `in blocks.0 between ln1 and ln2`, `between a and b`
 * if they share no parent, `in a` if they are the input and output of one module.
 */
export function betweenWords({ layers }: RunCatalog<RecordPlace>, from: number, to: number): string {
  const [a, b] = [moduleName(layers[from].name), moduleName(layers[to].name)];
  if (a === b) return t('in {0}', a);
  const [left, right] = [a.split('.'), b.split('.')];
  let shared = 0;
  while (shared < left.length - 1 && shared < right.length - 1 && left[shared] === right[shared]) shared++;
  if (shared === 0) return t('between {0} and {1}', a, b);
  const [parent, before, after] = [left.slice(0, shared), left.slice(shared), right.slice(shared)].map(
    (path) => path.join('.'),
  );
  return t('in {0} between {1} and {2}', parent, before, after);
}
