import type { ModuleNode } from '../../src/model/layerNames';

/** A row of the overview: a layer, or a module with the layers in it. */
export interface MapRow {
  /** Unique among the rows. */
  readonly key: string;
  readonly label: string;
  /** From 0: how many open modules it is in. */
  readonly level: number;
  /** The layers that the row stands for: one, or all of a module. */
  readonly layers: readonly number[];
  /** The module that folds; absent for a layer. */
  readonly module?: { readonly path: string; readonly isOpen: boolean };
  readonly isPinned?: true;
}

/** A level of modules is open at first if there are no more rows than this with it. */
const OPEN_ROWS = 40;

export interface RowChoice {
  readonly tree: readonly ModuleNode[];
  readonly names: readonly string[];
  /** The layers that the filter lets through; undefined for all. */
  readonly visible: ReadonlySet<number> | undefined;
  readonly pinned: readonly number[];
  /** Modules that the person opened or folded, by path. */
  readonly open: Readonly<Record<string, boolean>>;
  /** Absent: in the order of the network, in a tree. */
  readonly order?: (a: number, b: number) => number;
}

/** The rows of the overview from top to bottom. Pinned layers are at the top, and at their place. */
export function mapRows({ tree, names, visible, pinned, open, order }: RowChoice): MapRow[] {
  const pins = pinned.map(
    (layer): MapRow => ({
      key: `pin:${layer}`,
      label: names[layer],
      level: 0,
      layers: [layer],
      isPinned: true,
    }),
  );
  const isShown = (layer: number) => visible === undefined || visible.has(layer);
  if (order !== undefined) {
    const sorted = names
      .map((_, layer) => layer)
      .filter(isShown)
      .sort(order);
    const rows = sorted.map(
      (layer): MapRow => ({ key: `layer:${layer}`, label: names[layer], level: 0, layers: [layer] }),
    );
    return [...pins, ...rows];
  }
  const openAtFirst = visible === undefined ? openedModules(tree) : undefined;
  const rowsOf = (nodes: readonly ModuleNode[], level: number): MapRow[] =>
    nodes.flatMap((node) => {
      const layers = node.layers.filter(isShown);
      if (layers.length === 0) return [];
      const { path, label } = node;
      if (node.layer !== undefined) return [{ key: `layer:${node.layer}`, label, level, layers }];
      const isOpen = open[path] ?? openAtFirst?.has(path) ?? true;
      const row: MapRow = { key: `module:${path}`, label, level, layers, module: { path, isOpen } };
      return isOpen ? [row, ...rowsOf(node.children, level + 1)] : [row];
    });
  return [...pins, ...rowsOf(tree, 0)];
}

/** The modules that are open at first: level by level, as long as there are not too many rows. */
function openedModules(tree: readonly ModuleNode[]): ReadonlySet<string> {
  const opened = new Set<string>();
  let rows = tree.length;
  for (let level = tree; level.length > 0; level = level.flatMap(({ children }) => children)) {
    rows += level.reduce((sum, { children }) => sum + children.length, 0);
    if (rows > OPEN_ROWS) break;
    for (const { path } of level) opened.add(path);
  }
  return opened;
}

/** The row that stands for a layer: its own, or that of the folded module around it. -1 if the filter hides it. */
export function rowOfLayer(rows: readonly MapRow[], layer: number): number {
  return rows.findIndex(
    ({ layers, module, isPinned }) =>
      isPinned === undefined && module?.isOpen !== true && layers.includes(layer),
  );
}

/** The module around a row; undefined at the top. */
export function parentOf(rows: readonly MapRow[], row: number): number | undefined {
  const { level } = rows[row];
  for (let at = row - 1; at >= 0; at--) if (rows[at].level < level) return at;
  return undefined;
}

/** The place of every row among the rows of its module, from 1, and how many those are. */
export function siblingsOf(rows: readonly MapRow[]): { place: number; count: number }[] {
  const places = rows.map(() => ({ place: 0, count: 0 }));
  /** The rows of each open module around a row, by level. */
  const around: number[][] = [];
  const close = (level: number) => {
    for (const siblings of around.splice(level))
      for (const at of siblings) places[at].count = siblings.length;
  };
  rows.forEach(({ level }, at) => {
    close(level + 1);
    around[level] ??= [];
    places[at].place = around[level].push(at);
  });
  close(0);
  return places;
}
