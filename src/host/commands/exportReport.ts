import { t } from '@vscode/l10n';
import { ProgressLocation, type QuickPickItem, Uri, window, workspace } from 'vscode';
import { concatenate } from '../../io/concatenate';
import type { RecordShift, RecordSummary } from '../../model/analysis';
import type { RunCatalog } from '../../model/catalog';
import type { LayerCheck } from '../../model/check';
import { compactResults } from '../../model/compactResults';
import type { RecordComparison } from '../../model/comparison';
import type { Problem } from '../../model/problem';
import type { ScalarCurve } from '../../model/scalars';
import type { ComparedReport } from '../../report/comparisonReport';
import { type ReportFormat, reportChunks } from '../../report/format';
import { buildReport, type Report } from '../../report/report';
import { isAbortError } from '../../rpc/abort';
import type { Session } from '../session/session';
import { STAYS_OPEN } from './dialogFocus';

interface FormatItem extends QuickPickItem {
  readonly format: ReportFormat;
  readonly statistics: boolean;
}

function formatItems(): readonly FormatItem[] {
  return [
    {
      label: t('JSON'),
      description: t('all figures (normscope-report/1)'),
      format: 'json',
      statistics: false,
    },
    {
      label: t('JSON with unit statistics'),
      description: t('all figures, and the mean and variance of every unit'),
      format: 'json',
      statistics: true,
    },
    {
      label: t('CSV'),
      description: t('one line for each layer, step and method'),
      format: 'csv',
      statistics: false,
    },
    { label: t('Markdown'), description: t('one table for each layer'), format: 'md', statistics: false },
  ];
}

/** The format and file of an export. Dialogs ask for what is absent; tests and key bindings can give it. */
export interface ExportTarget {
  readonly format?: ReportFormat;
  readonly statistics?: boolean;
  readonly uri?: Uri;
}

/** *Export Report…*: writes the figures that the panel shows to a file. Resolves to the file. */
export async function exportReport(session: Session, target: ExportTarget = {}): Promise<Uri | undefined> {
  const { catalog } = session;
  if (catalog === undefined || !session.isListed) {
    void window.showInformationMessage(
      t('Normscope is still listing the run. Export the report when the layers are shown.'),
    );
    return undefined;
  }
  const chosen =
    target.format === undefined
      ? await window.showQuickPick(formatItems(), {
          title: t('Export Report'),
          placeHolder: t('Select a format'),
          ...STAYS_OPEN,
        })
      : { format: target.format, statistics: target.statistics ?? false };
  if (chosen === undefined) return undefined;
  const uri = target.uri ?? (await askForFile(catalog, chosen.format));
  if (uri === undefined) return undefined;
  const report = await window.withProgress(
    { location: ProgressLocation.Notification, title: t('Computing the report'), cancellable: true },
    async (progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      return completeReport(session, catalog, chosen.statistics, controller.signal, (done) =>
        progress.report({ message: t('{0} of {1} tensors', done, catalog.records.length) }),
      );
    },
  );
  if (report === undefined) return undefined;
  await workspace.fs.writeFile(uri, encoded(reportChunks(report, chosen.format)));
  const open = t('Open');
  void window
    .showInformationMessage(t('Report written to {0}.', workspace.asRelativePath(uri)), open)
    .then((answer) => {
      if (answer === open) void window.showTextDocument(uri);
    });
  return uri;
}

/** The bytes of a text that may be longer than a string can be. */
function encoded(chunks: Iterable<string>): Uint8Array {
  const encoder = new TextEncoder();
  return concatenate(Array.from(chunks, (chunk) => encoder.encode(chunk)));
}

/** Computes all records with the session's options; undefined if it was canceled. */
async function completeReport(
  session: Session,
  catalog: RunCatalog,
  statistics: boolean,
  signal: AbortSignal,
  onDone: (done: number) => void,
): Promise<Report | undefined> {
  const { options } = session;
  const compact = compactResults();
  const summaries: RecordSummary[] = [];
  const shifts: RecordShift[] = [];
  const problems: Problem[] = [];
  const checks: LayerCheck[] = [];
  const comparisons: RecordComparison[] = [];
  let scalars: readonly ScalarCurve[] = [];
  try {
    await session.callKernel(
      'analyse',
      { run: session.key, options, statistics },
      {
        signal,
        onProgress: (progress) => {
          if (progress.kind === 'summary') summaries.push(compact.summary(progress.summary));
          else if (progress.kind === 'shift') shifts.push(compact.shift(progress.shift));
          else {
            problems.push(progress.problem);
            if (progress.problem.code === 'internal') session.report([progress.problem]);
          }
          onDone(summaries.length + problems.length);
        },
      },
    );
    await session.callKernel(
      'checkLayers',
      { run: session.key, options },
      { signal, onProgress: (check) => void checks.push(check) },
    );
    if (session.comparison.other !== undefined)
      await session.callKernel(
        'compareRuns',
        { run: session.key, options },
        { signal, onProgress: (comparison) => void comparisons.push(comparison) },
      );
    const names = catalog.scalars?.names ?? [];
    if (names.length > 0)
      scalars = await session.callKernel('scalars', { run: session.key, names }, { signal });
  } catch (error) {
    if (isAbortError(error)) return undefined;
    throw error;
  }
  const comparison = comparedReport(session, comparisons);
  return buildReport({ catalog, options, summaries, shifts, problems, checks, scalars, comparison });
}

/** What the report says of the run that this one is compared with, if it is. */
function comparedReport(
  { comparison: { join, others } }: Session,
  comparisons: readonly RecordComparison[],
): ComparedReport | undefined {
  if (join === undefined) return undefined;
  return { join, group: others.slice(1).flatMap(({ catalog }) => catalog ?? []), comparisons };
}

async function askForFile(catalog: RunCatalog, format: ReportFormat): Promise<Uri | undefined> {
  const name = `${catalog.name.replace(/[^\p{L}\p{N}._-]+/gu, '-') || 'run'}-report.${format}`;
  const folder = workspace.workspaceFolders?.[0]?.uri;
  return window.showSaveDialog({
    title: t('Export Report'),
    filters: { [t('Report')]: [format] },
    ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, name) }),
  });
}
