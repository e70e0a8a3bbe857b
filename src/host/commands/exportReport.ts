import { ProgressLocation, type QuickPickItem, Uri, window, workspace } from 'vscode';
import type { RunCatalog } from '../../model/catalog';
import type { LayerCheck } from '../../model/check';
import { formatReport, type ReportFormat } from '../../report/format';
import { buildReport, type Report } from '../../report/report';
import { isAbortError } from '../../rpc/abort';
import { addResult, emptyResults } from '../session/results';
import type { Session } from '../session/session';
import { STEP } from './dialogStep';

interface FormatItem extends QuickPickItem {
  readonly format: ReportFormat;
  readonly statistics: boolean;
}

const FORMATS: readonly FormatItem[] = [
  { label: 'JSON', description: 'normscope-report/1, everything', format: 'json', statistics: false },
  {
    label: 'JSON with unit statistics',
    description: 'and the mean and variance of every unit',
    format: 'json',
    statistics: true,
  },
  { label: 'CSV', description: 'a line for each layer, step and method', format: 'csv', statistics: false },
  { label: 'Markdown', description: 'a table for each layer', format: 'md', statistics: false },
];

/** What is exported and where to; asked of the person where it is not given (by tests and key bindings). */
export interface ExportTarget {
  readonly format?: ReportFormat;
  readonly statistics?: boolean;
  readonly uri?: Uri;
}

/** *Export Report…*: the figures that the panel shows, as a file. Resolves to where it was written. */
export async function exportReport(session: Session, target: ExportTarget = {}): Promise<Uri | undefined> {
  const { catalog } = session;
  if (catalog === undefined) {
    void window.showInformationMessage('The run is still being listed. Export it when its layers are shown.');
    return undefined;
  }
  const chosen =
    target.format === undefined
      ? await window.showQuickPick(FORMATS, {
          title: 'Export Report',
          placeHolder: 'Which format?',
          ...STEP,
        })
      : { format: target.format, statistics: target.statistics ?? false };
  if (chosen === undefined) return undefined;
  const uri = target.uri ?? (await askForFile(catalog, chosen.format));
  if (uri === undefined) return undefined;
  const report = await window.withProgress(
    { location: ProgressLocation.Notification, title: 'Normscope: computing the report', cancellable: true },
    async (progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      return completeReport(session, catalog, chosen.statistics, controller.signal, (done) =>
        progress.report({ message: `${done} of ${catalog.records.length} records` }),
      );
    },
  );
  if (report === undefined) return undefined;
  await workspace.fs.writeFile(uri, new TextEncoder().encode(formatReport(report, chosen.format)));
  void window
    .showInformationMessage(`Report written to ${workspace.asRelativePath(uri)}.`, 'Open')
    .then((answer) => {
      if (answer === 'Open') void window.showTextDocument(uri);
    });
  return uri;
}

/** All records under the session's options, whatever the panel has so far; undefined where it was cancelled. */
async function completeReport(
  session: Session,
  catalog: RunCatalog,
  statistics: boolean,
  signal: AbortSignal,
  tellDone: (done: number) => void,
): Promise<Report | undefined> {
  const { options } = session;
  const results = emptyResults();
  const checks: LayerCheck[] = [];
  try {
    await session.callKernel(
      'analyse',
      { run: session.key, options, statistics },
      {
        signal,
        onProgress: (progress) => {
          addResult(results, progress);
          if (progress.kind === 'problem' && progress.problem.code === 'internal')
            session.report([progress.problem]);
          tellDone(results.summaries.size + results.problems.size);
        },
      },
    );
    await session.callKernel(
      'checkLayers',
      { run: session.key, options },
      { signal, onProgress: (check) => void checks.push(check) },
    );
  } catch (error) {
    if (isAbortError(error)) return undefined;
    throw error;
  }
  return buildReport({
    catalog,
    options,
    summaries: results.summaries.values(),
    shifts: results.shifts.values(),
    problems: [...results.problems.values()],
    checks,
  });
}

async function askForFile(catalog: RunCatalog, format: ReportFormat): Promise<Uri | undefined> {
  const name = `${catalog.name.replace(/[^\p{L}\p{N}._-]+/gu, '-') || 'run'}-report.${format}`;
  const folder = workspace.workspaceFolders?.[0]?.uri;
  return window.showSaveDialog({
    title: 'Export Report',
    filters: { Report: [format] },
    ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, name) }),
  });
}
