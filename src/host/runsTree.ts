import {
  EventEmitter,
  type ExtensionContext,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  window,
} from 'vscode';
import { describeTensor, METHODS } from '../model/analysis';
import type { LayerEntry, RunCatalog } from '../model/catalog';
import type { Finding } from '../model/findings';
import { recordAt, seriesOfLayer } from '../model/series';
import { storageRemark } from '../model/storage';
import { headlineShift } from './session/results';
import type { Runs } from './session/runs';
import type { Session } from './session/session';

/** A node of the side bar's tree; also what its menu commands are given. */
export type RunsNode =
  | { readonly kind: 'run'; readonly session: Session }
  | { readonly kind: 'layer'; readonly session: Session; readonly layer: number }
  | { readonly kind: 'step'; readonly session: Session; readonly layer: number; readonly step: number }
  | { readonly kind: 'earlier'; readonly session: Session; readonly layer: number }
  | { readonly kind: 'left-out'; readonly session: Session };

/** Steps of a layer that are listed; earlier ones are found in the panel. */
const SHOWN_STEPS = 300;
const RAW = METHODS.indexOf('none');

/** Milliseconds between redraws of the tree while results arrive. */
const REFRESH_INTERVAL = 500;

/** The tree: run → layers → steps. */
export function registerRunsTree(context: ExtensionContext, runs: Runs): void {
  const changed = new EventEmitter<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      changed.fire();
    }, REFRESH_INTERVAL);
  };
  const provider: TreeDataProvider<RunsNode> = {
    onDidChangeTreeData: changed.event,
    getChildren: (node) => (node === undefined ? runs.sessions.map(runNode) : childrenOf(node)),
    getTreeItem: (node) => treeItem(node, runs),
  };
  context.subscriptions.push(
    changed,
    runs.onDidChange(refresh),
    window.createTreeView('normscope.runs', { treeDataProvider: provider, showCollapseAll: true }),
    { dispose: () => clearTimeout(timer) },
  );
}

function runNode(session: Session): RunsNode {
  return { kind: 'run', session };
}

function childrenOf(node: RunsNode): RunsNode[] {
  const { session } = node;
  const catalog = session.catalog;
  if (catalog === undefined) return [];
  if (node.kind === 'run') {
    const layers = catalog.layers.map(({ id }): RunsNode => ({ kind: 'layer', session, layer: id }));
    return countExcluded(session, catalog) > 0 ? [...layers, { kind: 'left-out', session }] : layers;
  }
  if (node.kind !== 'layer') return [];
  const { steps } = catalog.layers[node.layer];
  const shown = steps
    .slice(-SHOWN_STEPS)
    .map((step): RunsNode => ({ kind: 'step', session, layer: node.layer, step }));
  return steps.length > SHOWN_STEPS ? [{ kind: 'earlier', session, layer: node.layer }, ...shown] : shown;
}

function countExcluded(session: Session, catalog: RunCatalog): number {
  return catalog.unrecognized.length + session.problems.length;
}

function treeItem(node: RunsNode, runs: Runs): TreeItem {
  const { session } = node;
  if (node.kind === 'run') return runItem(session);
  const catalog = session.catalog;
  if (catalog === undefined) return new TreeItem('');
  if (node.kind === 'layer') {
    const layer = catalog.layers[node.layer];
    const findings = runs
      .findingsOf(session)
      .current.filter((each) => each.layer === layer.id && each.severity !== 'note');
    return layerItem(session, catalog, layer, findings, node);
  }
  if (node.kind === 'step') return stepItem(session, catalog, node);
  if (node.kind === 'earlier') return earlierItem(catalog.layers[node.layer], node);
  const item = new TreeItem(`${countExcluded(session, catalog)} not read`);
  item.iconPath = new ThemeIcon('warning');
  item.tooltip = 'Files and tensors that are not part of the run, and why.';
  item.command = { command: 'normscope.showLog', title: 'Show Log' };
  return item;
}

function runItem(session: Session): TreeItem {
  const { catalog, progress } = session;
  const item = new TreeItem(catalog?.name ?? session.title, TreeItemCollapsibleState.Expanded);
  item.id = session.key;
  item.contextValue = 'run';
  item.iconPath = new ThemeIcon(progress.state === 'failed' ? 'error' : 'pulse');
  item.description =
    catalog === undefined
      ? progress.state === 'failed'
        ? 'could not be opened'
        : 'listing…'
      : `${catalog.layers.length} layers, ${catalog.steps.length} steps${
          progress.state === 'computing' ? `, computing ${progress.done} of ${progress.total}` : ''
        }${progress.live ? ' ● live' : ''}`;
  if (progress.live)
    item.accessibilityInformation = { label: `Run ${item.label}, live: new steps are coming in` };
  item.tooltip = session.roots.map((root) => decodeURIComponent(root)).join('\n');
  item.command = { command: 'normscope.showPanel', title: 'Show Panel', arguments: [runNode(session)] };
  return item;
}

function layerItem(
  session: Session,
  catalog: RunCatalog,
  layer: LayerEntry,
  findings: readonly Finding[],
  node: RunsNode,
): TreeItem {
  const tensor = describeTensor(layer, session.options);
  const remark = storageRemark(
    seriesOfLayer(catalog, layer.id)
      .flat()
      .map(({ id }) => session.results.summaries.get(id)?.storage),
  );
  const shift = headlineShift(session.results, catalog, layer.id);
  const steps = `${layer.steps.length} ${layer.steps.length === 1 ? 'step' : 'steps'}`;
  const item = new TreeItem(layer.name, TreeItemCollapsibleState.Collapsed);
  item.id = `${session.key}\n${layer.id}`;
  item.contextValue = layer.source === undefined ? 'layer' : 'layer with source';
  item.iconPath = findingIcon(findings) ?? new ThemeIcon('layers');
  item.description = [...(shift === undefined ? [] : [`W1/σ ${shift.toPrecision(2)}`]), tensor, steps].join(
    ' · ',
  );
  item.tooltip = [
    layer.fullName,
    ...(layer.module === undefined ? [] : [layer.module]),
    `${tensor}, ${steps}`,
    ...(layer.summarized === undefined ? [] : [layer.summarized]),
    ...(remark === undefined ? [] : [remark]),
    ...(shift === undefined ? [] : [`Largest shift of the raw activations: W1/σ = ${shift.toPrecision(3)}`]),
    ...findings.map(({ title, evidence }) => `${title}: ${evidence}`),
  ].join('\n');
  item.accessibilityInformation = {
    label: [`Layer ${layer.name}`, ...findings.map(({ title }) => title), item.description].join(', '),
  };
  item.command = { command: 'normscope.showPanel', title: 'Show Panel', arguments: [node] };
  return item;
}

/** The gravest finding's icon in its colour. */
function findingIcon(findings: readonly Finding[]): ThemeIcon | undefined {
  if (findings.length === 0) return undefined;
  const severity = findings.some((each) => each.severity === 'error') ? 'error' : 'warning';
  return new ThemeIcon(severity, new ThemeColor(`list.${severity}Foreground`));
}

function earlierItem(
  { steps }: LayerEntry,
  { session, layer }: Extract<RunsNode, { kind: 'earlier' }>,
): TreeItem {
  const many = steps.length - SHOWN_STEPS;
  const item = new TreeItem(`${many} earlier ${many === 1 ? 'step' : 'steps'}`);
  item.id = `${session.key}\n${layer}\nearlier`;
  item.tooltip = 'The panel shows all of them.';
  const node: RunsNode = { kind: 'step', session, layer, step: steps[0] };
  item.command = { command: 'normscope.showPanel', title: 'Show Panel', arguments: [node] };
  return item;
}

function stepItem(
  session: Session,
  catalog: RunCatalog,
  node: Extract<RunsNode, { kind: 'step' }>,
): TreeItem {
  const item = new TreeItem(`step ${node.step}`);
  item.id = `${session.key}\n${node.layer}\n${node.step}`;
  item.contextValue = 'step';
  const { cells, summaries } = session.results;
  for (const series of seriesOfLayer(catalog, node.layer)) {
    const record = recordAt(series, node.step)?.id;
    if (record === undefined) continue;
    const w1 = cells.w1Of(record, RAW);
    if (Number.isFinite(w1)) item.description = `W1/σ ${w1.toPrecision(2)}`;
    if (cells.isNonFinite(record)) {
      const summary = summaries.get(record);
      const many = summary === undefined ? 'Some' : String(summary.count - summary.finite);
      item.iconPath = new ThemeIcon('warning');
      item.tooltip = `${many} values are NaN or infinite`;
    }
    break;
  }
  item.command = { command: 'normscope.showPanel', title: 'Show Panel', arguments: [node] };
  return item;
}
