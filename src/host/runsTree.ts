import { t } from '@vscode/l10n';
import {
  type Command,
  EventEmitter,
  type ExtensionContext,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  type ViewBadge,
  window,
} from 'vscode';
import { describeTensor, METHODS } from '../model/analysis';
import type { LayerEntry, RunCatalog } from '../model/catalog';
import { type DiagnosisState, type Finding, type Verdict, withConsequences } from '../model/findings';
import { endOfName } from '../model/layerNames';
import { recordAt, seriesOfLayer } from '../model/series';
import { storageRemark } from '../model/storage';
import type { Panels } from './panel/panels';
import { runsDragAndDrop } from './runsDragAndDrop';
import { TREE_REFRESH } from './session/pacing';
import { headlineShift } from './session/results';
import type { Runs } from './session/runs';
import type { Session } from './session/session';

/** A node of the tree in the side bar; menu commands on the tree get it as their argument. */
export type RunsNode =
  | { readonly kind: 'run'; readonly session: Session }
  | { readonly kind: 'layer'; readonly session: Session; readonly layer: number }
  | { readonly kind: 'step'; readonly session: Session; readonly layer: number; readonly step: number }
  | { readonly kind: 'earlier'; readonly session: Session; readonly layer: number }
  | { readonly kind: 'excluded'; readonly session: Session };

/** The number of steps of a layer that the tree lists; the panel shows all. */
const SHOWN_STEPS = 300;
/** Characters of a name that leave room for what is said of the layer. */
const NAME_LENGTH = 28;
const RAW = METHODS.indexOf('none');

/** The tree: run → layers → steps. What is in view in the panel is selected. */
export function registerRunsTree(
  context: ExtensionContext,
  runs: Runs,
  panels: Panels,
  compare: (run: Session, reference: Session) => unknown,
): void {
  const changed = new EventEmitter<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      view.badge = badgeOf(runs);
      changed.fire();
    }, TREE_REFRESH);
  };
  const provider: TreeDataProvider<RunsNode> = {
    onDidChangeTreeData: changed.event,
    getChildren: (node) => (node === undefined ? runs.sessions.map(runNode) : childrenOf(node)),
    getTreeItem: (node) => treeItem(node, runs),
    getParent: parentOf,
  };
  const view = window.createTreeView('normscope.runs', {
    treeDataProvider: provider,
    dragAndDropController: runsDragAndDrop<RunsNode>((key, reference) => {
      const run = runs.sessions.find((each) => each.key === key);
      if (run !== undefined) compare(run, reference);
    }),
    showCollapseAll: true,
    canSelectMany: true,
  });
  /** Selects what is in view, unless it or a part of it is selected. */
  const reveal = () => {
    const panel = panels.active();
    if (!view.visible || panel === undefined || !runs.sessions.includes(panel.session)) return;
    const { session, focus } = panel;
    const node: RunsNode =
      focus === undefined ? runNode(session) : { kind: 'layer', session, layer: focus.layer };
    if (view.selection.some((each) => isWithin(each, node))) return;
    view.reveal(node, { select: true, focus: false }).then(undefined, () => {
      // The layer was removed meanwhile.
    });
  };
  context.subscriptions.push(
    changed,
    runs.onDidChange(refresh),
    panels.onDidLook(reveal),
    view.onDidChangeVisibility(reveal),
    view,
    { dispose: () => clearTimeout(timer) },
  );
}

function parentOf(node: RunsNode): RunsNode | undefined {
  const { session } = node;
  if (node.kind === 'run') return undefined;
  return node.kind === 'step' || node.kind === 'earlier'
    ? { kind: 'layer', session, layer: node.layer }
    : runNode(session);
}

/** Whether a node is another one or below it. */
function isWithin(node: RunsNode, other: RunsNode): boolean {
  if (node.session !== other.session) return false;
  return other.kind === 'run' || ('layer' in node && 'layer' in other && node.layer === other.layer);
}

/** How many causes were found in all runs, at the icon of the view. */
function badgeOf(runs: Runs): ViewBadge | undefined {
  const verdicts = runs.sessions.flatMap(
    (session) => runs.findingsOf(session).current.diagnosis?.verdict ?? [],
  );
  const value = verdicts.reduce((sum, { causes }) => sum + causes, 0);
  if (value === 0) return undefined;
  return {
    value,
    tooltip: value === 1 ? t('1 cause in the open runs') : t('{0} causes in the open runs', value),
  };
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
    return countExcluded(session, catalog) > 0 ? [...layers, { kind: 'excluded', session }] : layers;
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
  if (node.kind === 'run') return runItem(session, nameIn(runs, session), runs.findingsOf(session).current);
  const catalog = session.catalog;
  if (catalog === undefined) return new TreeItem('');
  if (node.kind === 'layer') {
    const layer = catalog.layers[node.layer];
    const findings = findingsAt(runs.findingsOf(session).current, layer.id);
    return layerItem(session, catalog, layer, findings, node);
  }
  if (node.kind === 'step') return stepItem(session, catalog, node);
  if (node.kind === 'earlier') return earlierItem(catalog.layers[node.layer], node);
  return excludedItem(countExcluded(session, catalog));
}

/** Errors and warnings that touch a layer, consequences among them. */
function findingsAt({ diagnosis }: DiagnosisState, layer: number): readonly Finding[] {
  return (diagnosis?.findings ?? [])
    .flatMap(withConsequences)
    .filter(
      ({ severity, layer: begins, layers }) =>
        severity !== 'note' && (begins === layer || layers.includes(layer)),
    );
}

/** The name of a run; that of its folder if several open runs have the same. */
function nameIn({ sessions }: Runs, { catalog, title }: Session): string {
  const name = catalog?.name ?? title;
  return sessions.filter((each) => each.catalog?.name === name).length > 1 ? title : name;
}

function runItem(session: Session, name: string, { diagnosis }: DiagnosisState): TreeItem {
  const { progress } = session;
  const verdict = diagnosis?.verdict;
  const item = new TreeItem(name, TreeItemCollapsibleState.Expanded);
  item.id = session.key;
  item.contextValue = 'run';
  item.iconPath = runIcon(progress.state === 'failed', verdict);
  item.description = runDescription(session);
  item.accessibilityInformation = { label: runLabel(session, name, verdict) };
  item.tooltip = [
    ...(verdict === undefined ? [] : [verdict.sentence]),
    ...session.roots.map((root) => decodeURIComponent(root)),
  ].join('\n');
  item.command = showPanelCommand(runNode(session));
  return item;
}

/** What a screen reader says of a run. */
function runLabel(session: Session, name: string, verdict: Verdict | undefined): string {
  const { progress } = session;
  return [
    progress.live ? t('Run {0}, live: new steps are arriving', name) : t('Run {0}', name),
    ...(verdict === undefined ? [] : [verdict.sentence]),
    runDescription(session),
  ].join(', ');
}

function runDescription({ catalog, progress, comparison }: Session): string {
  if (catalog === undefined) return progress.state === 'failed' ? t('could not be opened') : t('listing…');
  const { other } = comparison;
  return [
    ...(other === undefined ? [] : [t('compared with {0}', comparison.otherTitle)]),
    countOfLayers(catalog.layers.length),
    countOfSteps(catalog.steps.length),
    ...(progress.state === 'computing' ? [t('computing {0} of {1}', progress.done, progress.total)] : []),
    ...(progress.live ? [`● ${t('live')}`] : []),
  ].join(' · ');
}

function countOfLayers(count: number): string {
  return count === 1 ? t('1 layer') : t('{0} layers', count);
}

function countOfSteps(count: number): string {
  return count === 1 ? t('1 step') : t('{0} steps', count);
}

function excludedItem(count: number): TreeItem {
  const item = new TreeItem(count === 1 ? t('1 item not read') : t('{0} items not read', count));
  item.iconPath = new ThemeIcon('warning');
  item.tooltip = t('Files and tensors that are not part of the run. The log has the reasons.');
  item.command = { command: 'normscope.showLog', title: t('Show Log') };
  return item;
}

function showPanelCommand(node: RunsNode): Command {
  return { command: 'normscope.showPanel', title: t('Show Panel'), arguments: [node] };
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
  const steps = countOfSteps(layer.steps.length);
  const item = new TreeItem(endOfName(layer.name, NAME_LENGTH), TreeItemCollapsibleState.Collapsed);
  item.id = `${session.key}\n${layer.id}`;
  item.contextValue = layer.source === undefined ? 'layer' : 'layer with source';
  item.iconPath = findingIcon(findings) ?? new ThemeIcon('layers');
  item.description = [
    ...(shift === undefined ? [] : [t('shift {0} σ', sigmas(shift, 2))]),
    tensor,
    steps,
  ].join(' · ');
  item.tooltip = [
    layer.fullName,
    ...(layer.module === undefined ? [] : [layer.module]),
    `${tensor}, ${steps}`,
    ...(layer.summarized === undefined ? [] : [layer.summarized]),
    ...(remark === undefined ? [] : [remark]),
    ...(shift === undefined ? [] : [t('Largest shift of the raw activations: {0} σ', sigmas(shift, 3))]),
    ...findings.map(({ title, evidence }) => `${title}: ${evidence}`),
  ].join('\n');
  item.accessibilityInformation = {
    label: [t('Layer {0}', layer.name), ...findings.map(({ title }) => title), item.description].join(', '),
  };
  item.command = showPanelCommand(node);
  return item;
}

function runIcon(hasFailed: boolean, verdict: Verdict | undefined): ThemeIcon {
  if (hasFailed) return new ThemeIcon('error');
  return verdict === undefined || verdict.severity === 'none'
    ? new ThemeIcon('pulse')
    : severityIcon(verdict.severity);
}

/** The icon of the most severe finding, in its color. */
function findingIcon(findings: readonly Finding[]): ThemeIcon | undefined {
  if (findings.length === 0) return undefined;
  return severityIcon(findings.some((each) => each.severity === 'error') ? 'error' : 'warning');
}

function severityIcon(severity: 'error' | 'warning'): ThemeIcon {
  return new ThemeIcon(severity, new ThemeColor(`list.${severity}Foreground`));
}

function earlierItem(
  { steps }: LayerEntry,
  { session, layer }: Extract<RunsNode, { kind: 'earlier' }>,
): TreeItem {
  const count = steps.length - SHOWN_STEPS;
  const item = new TreeItem(count === 1 ? t('1 earlier step') : t('{0} earlier steps', count));
  item.id = `${session.key}\n${layer}\nearlier`;
  item.tooltip = t('The panel shows all steps.');
  item.command = showPanelCommand({ kind: 'step', session, layer, step: steps[0] });
  return item;
}

function stepItem(
  session: Session,
  catalog: RunCatalog,
  node: Extract<RunsNode, { kind: 'step' }>,
): TreeItem {
  const item = new TreeItem(t('Step {0}', node.step));
  item.id = `${session.key}\n${node.layer}\n${node.step}`;
  item.contextValue = 'step';
  const { cells, summaries } = session.results;
  for (const series of seriesOfLayer(catalog, node.layer)) {
    const record = recordAt(series, node.step)?.id;
    if (record === undefined) continue;
    const w1 = cells.w1Of(record, RAW);
    if (Number.isFinite(w1)) item.description = t('shift {0} σ', sigmas(w1, 2));
    if (cells.isNonFinite(record)) {
      const summary = summaries.get(record);
      item.iconPath = new ThemeIcon('warning');
      item.tooltip = nonFiniteTooltip(summary && summary.count - summary.finite);
    }
    break;
  }
  item.command = showPanelCommand(node);
  return item;
}

function nonFiniteTooltip(count: number | undefined): string {
  if (count === undefined) return t('Some values are NaN or infinite');
  return count === 1 ? t('1 value is NaN or infinite') : t('{0} values are NaN or infinite', count);
}

/** A figure without an exponent, unless it is huge. */
function sigmas(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits))).replace('e+', 'e');
}
