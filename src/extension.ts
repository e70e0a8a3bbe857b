import { t } from '@vscode/l10n';
import { commands, type ExtensionContext, l10n, window } from 'vscode';
import { chooseScalars } from './host/commands/chooseScalars';
import { compare, compareRuns, compareSample, stopComparing } from './host/commands/compareCommands';
import { type ExportTarget, exportReport } from './host/commands/exportReport';
import { goToDefinition } from './host/commands/goToDefinition';
import { openDefinition, registerDocumentation } from './host/commands/openDefinition';
import { chooseOption, type LayerTarget, setLayout } from './host/commands/optionCommands';
import { addRecorder, insertSnippet, type RecorderTarget } from './host/commands/recorderCommands';
import { reportIssue } from './host/commands/reportIssue';
import { closeRun, openRun, openSample, showPanel } from './host/commands/runCommands';
import { savePicture } from './host/commands/savePicture';
import { kernelLink } from './host/kernel/kernelLink';
import { clearCache, kernelResources } from './host/kernel/kernelResources';
import { createLog, offerActions } from './host/log';
import { registerDumpEditor } from './host/panel/dumpEditor';
import { panels as createPanels } from './host/panel/panels';
import { type RunsNode, registerRunsTree } from './host/runsTree';
import { runs as createRuns } from './host/session/runs';
import type { Session } from './host/session/session';
import { ProblemError, toProblem } from './model/problem';
import { isOtherRun } from './model/reference';
import { setTranslations } from './model/translations';
import type { Navigation } from './protocol/panelApi';

/** What activation gives to those who ask for it: the integration tests. */
export interface NormscopeApi {
  currentSession(): Session | undefined;
}

/** Composes the parts and registers what package.json contributes. */
export function activate(context: ExtensionContext): NormscopeApi {
  setTranslations(l10n.bundle);
  const log = createLog();
  const kernel = kernelLink(
    context.extensionUri,
    () => kernelResources(context),
    (problem) => log.failure('Kernel', new ProblemError(problem)),
  );
  const runs = createRuns(kernel, context.workspaceState, log.report);
  const panels = createPanels(runs, {
    extensionUri: context.extensionUri,
    onFailure: log.failure,
    chooseOption: (session, option, layer) => chooseOption(session, option, layer, runs),
    chooseScalars,
    openDefinition,
  });
  registerDocumentation(context);
  registerRunsTree(context, runs, panels, (run, reference) =>
    compare(runs, panels, run.roots, reference.roots, []),
  );
  registerDumpEditor(context, runs, panels);

  const command = (name: string, run: (...args: never[]) => unknown) =>
    commands.registerCommand(`normscope.${name}`, async (...args: never[]) => {
      try {
        return await run(...args);
      } catch (error) {
        const { code, message } = toProblem(error, '');
        log.failure(name, error);
        void offerActions(window.showErrorMessage, t('Normscope: {0}', message), code === 'internal');
        return undefined;
      }
    });
  /** A command on the run that a menu names, else on the current one. */
  const onSession = (name: string, run: (session: Session, argument: never) => unknown) =>
    command(name, (target: { session?: Session } | undefined) => {
      const session = target?.session ?? runs.current;
      if (session !== undefined) return run(session, target as never);
      void window.showInformationMessage(t('Open an activation run first.'));
      return undefined;
    });
  const navigate = (to: Exclude<Navigation['to'], 'record' | 'back' | 'forward'>) =>
    command(to, () => panels.active()?.navigate({ to }));

  context.subscriptions.push(
    log.channel,
    panels,
    runs,
    kernel,
    command('openRun', (target: unknown, selection: unknown) => openRun(runs, panels, target, selection)),
    // The same command for the Explorer's menu, where its title needs no ellipsis: it opens the selection at once.
    command('openSelected', (target: unknown, selection: unknown) =>
      openRun(runs, panels, target, selection),
    ),
    command('openSample', () => openSample(context, runs, panels)),
    command('compareRuns', (target: unknown, selection: unknown) =>
      compareRuns(runs, panels, target, selection),
    ),
    // The same command for the explorer's menu and the tree's, where its title needs no ellipsis.
    command('compareSelected', (target: unknown, selection: unknown) =>
      compareRuns(runs, panels, target, selection),
    ),
    command('compareSample', () => compareSample(context, runs, panels)),
    onSession('stopComparing', (session) => stopComparing(session)),
    command('showPanel', (node: RunsNode | undefined) => showPanel(runs, panels, node)),
    onSession('refreshRun', (session) => session.refresh()),
    command('closeRun', (node: RunsNode | undefined) => closeRun(runs, panels, node)),
    navigate('nextStep'),
    navigate('previousStep'),
    navigate('nextLayer'),
    navigate('previousLayer'),
    navigate('followLatest'),
    command('goBack', () => panels.active()?.navigate({ to: 'back' })),
    command('goForward', () => panels.active()?.navigate({ to: 'forward' })),
    command('splitPanel', () => panels.split()),
    command('setLayout', (target: LayerTarget | undefined) => setLayout(runs, panels, target)),
    command('goToDefinition', (target: LayerTarget | undefined) => goToDefinition(runs, panels, target)),
    onSession('setGroups', (session) => chooseOption(session, 'groups', undefined, runs)),
    onSession('setEpsilon', (session) => chooseOption(session, 'epsilon', undefined, runs)),
    onSession('toggleAffine', (session) => session.setOptions({ affine: session.options.affine !== true })),
    onSession('toggleRunning', (session) =>
      session.setOptions({ running: session.options.running !== true }),
    ),
    onSession('setReference', (session) => chooseOption(session, 'reference', undefined, runs)),
    onSession('choosePercentiles', (session) => chooseOption(session, 'percentiles', undefined, runs)),
    command('savePicture', () => savePicture(context, panels)),
    onSession('exportReport', (session, target: ExportTarget | undefined) => exportReport(session, target)),
    command('addRecorder', (target: RecorderTarget | undefined) => addRecorder(context, target)),
    command('insertSnippet', () => insertSnippet(context)),
    command('clearCache', () => clearCache(kernel)),
    command('showLog', () => log.channel.show()),
    command('reportIssue', () => reportIssue(context, log.recent)),
    runs.onDidChange(() => {
      void commands.executeCommand('setContext', 'normscope.hasRun', runs.current !== undefined);
      const reference = runs.current?.options.reference;
      const isComparing = reference !== undefined && isOtherRun(reference);
      void commands.executeCommand('setContext', 'normscope.isComparing', isComparing);
    }),
  );
  return { currentSession: () => runs.current };
}
