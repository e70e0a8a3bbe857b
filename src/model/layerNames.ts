import type { LayerEntry } from './catalog';

type NamedLayer = Pick<LayerEntry, 'id' | 'name'>;

/** A module of the network, or a layer of it. */
export interface ModuleNode {
  /** The name up to here; unique among modules, and among layers. */
  readonly path: string;
  /** What it is called within the module around it. */
  readonly label: string;
  /** Id of the layer; absent for a module. */
  readonly layer?: number;
  /** Ids of all layers within, in the order of the run. */
  readonly layers: readonly number[];
  /** In the order of the run. */
  readonly children: readonly ModuleNode[];
}

interface Branch {
  readonly children: Map<string, Branch>;
  layer?: number;
}

/** The modules that layers are in, by the parts of their names. Modules with one part in them are joined with it. */
export function moduleTree(layers: readonly NamedLayer[]): readonly ModuleNode[] {
  const root: Branch = { children: new Map() };
  for (const { id, name } of layers) {
    let branch = root;
    for (const part of partsOf(name)) {
      const next = branch.children.get(part) ?? { children: new Map() };
      branch.children.set(part, next);
      branch = next;
    }
    branch.layer = id;
  }
  return nodesOf(root, '');
}

function nodesOf({ children }: Branch, path: string): ModuleNode[] {
  return [...children].flatMap(([label, branch]) => joined(nodeOf(branch, path + label, label)));
}

function nodeOf(branch: Branch, path: string, label: string): ModuleNode {
  const { layer } = branch;
  // A layer whose name is that of a module is its output, beside what is in it.
  const own: ModuleNode[] =
    layer === undefined ? [] : [{ path, label, layer, layers: [layer], children: [] }];
  if (branch.children.size === 0) return own[0] ?? { path, label, layers: [], children: [] };
  const children = [...nodesOf(branch, path), ...own].sort((a, b) => a.layers[0] - b.layers[0]);
  const layers = children.flatMap((child) => child.layers).sort((a, b) => a - b);
  return { path, label, layers, children };
}

/** A module with one part in it, as that part. */
function joined(node: ModuleNode): ModuleNode {
  const [only, ...others] = node.children;
  return only === undefined || others.length > 0 ? node : { ...only, label: node.label + only.label };
}

/** The parts of a name, each with the separator before it: `a.b/c` is `a`, `.b`, `/c`. */
export function partsOf(name: string): readonly string[] {
  return name.match(/[./]*[^./]+[./]*$|[./]*[^./]+/g) ?? [name];
}

/** A name that is cut at its beginning, where names of layers differ least, before one of its parts if possible. */
export function endOfName(name: string, length: number): string {
  if (name.length <= length) return name;
  let end = '';
  for (const part of [...partsOf(name)].reverse()) {
    if (part.length + end.length > length - 1) break;
    end = part + end;
  }
  return `…${end === '' ? name.slice(name.length - length + 1) : end.replace(/^[./]/, '')}`;
}
