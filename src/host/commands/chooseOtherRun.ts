import { t } from '@vscode/l10n';
import { type QuickPickItem, QuickPickItemKind, Uri, window, workspace } from 'vscode';
import type { LayerEntry } from '../../model/catalog';
import { isOtherRun } from '../../model/reference';
import { runKey } from '../../model/runKey';
import type { OptionChanges } from '../../protocol/panelApi';
import type { Runs } from '../session/runs';
import { titleOf } from '../session/runTitle';
import type { Session } from '../session/session';
import { STAYS_OPEN } from './dialogFocus';
import { askForPaths } from './runDialogs';

/** The runs that a dialog offers. */
export type OfferedRuns = Pick<Runs, 'sessions' | 'recent' | 'referenceTo'>;

interface Choice extends QuickPickItem {
  readonly roots?: readonly string[];
  readonly browse?: 'folder' | 'files';
}

/** Asks for the run to compare one with: an open one, a recent one, or one from a dialog. Undefined if dismissed. */
export async function askForOtherRun(
  offered: Pick<OfferedRuns, 'sessions' | 'recent'>,
  session: Pick<Session, 'key' | 'options'>,
): Promise<readonly string[] | undefined> {
  const { reference } = session.options;
  const current = isOtherRun(reference) ? runKey(reference.roots) : undefined;
  const item = await window.showQuickPick(runChoices(offered, session.key, current), {
    title: t('Compare with Another Run'),
    placeHolder: t('Select the run that shifts are measured from'),
    matchOnDescription: true,
    ...STAYS_OPEN,
  });
  if (item?.browse === undefined) return item?.roots;
  const paths = await askForPaths(item.browse, t('Compare'));
  return paths.length === 0 ? undefined : paths.map(String);
}

function runChoices(
  { sessions, recent }: Pick<OfferedRuns, 'sessions' | 'recent'>,
  own: string,
  current: string | undefined,
): readonly Choice[] {
  const separator = (label: string): Choice => ({ label, kind: QuickPickItemKind.Separator });
  const choice = (label: string, roots: readonly string[], note?: string): Choice => ({
    label: `${runKey(roots) === current ? '$(check) ' : ''}${label}`,
    description: [...(note === undefined ? [] : [note]), placeOf(roots)].join(' · '),
    roots,
  });
  const open = new Set(sessions.map(({ key }) => key));
  // The run itself comes last: it has other layers to compare with.
  const sorted = [...sessions].sort((a, b) => Number(a.key === own) - Number(b.key === own));
  const closed = recent.filter((roots) => !open.has(runKey(roots)));
  return [
    separator(t('Open')),
    ...sorted.map(({ key, roots, title, catalog }) =>
      choice(title, roots, key === own ? t('this run') : catalog?.name),
    ),
    ...(closed.length === 0 ? [] : [separator(t('Recent'))]),
    ...closed.map((roots) => choice(titleOf(roots), roots)),
    separator(t('From disk')),
    { label: `$(folder) ${t('Folder…')}`, browse: 'folder' },
    { label: `$(file) ${t('Files…')}`, browse: 'files' },
  ];
}

function placeOf([first]: readonly string[]): string {
  return first === undefined ? '' : workspace.asRelativePath(Uri.parse(first));
}

/** *Another run…* of the reference. */
export async function chooseOtherRun(
  session: Session,
  offered: OfferedRuns,
): Promise<Pick<OptionChanges, 'reference'> | undefined> {
  const roots = await askForOtherRun(offered, session);
  return roots === undefined ? undefined : { reference: offered.referenceTo(session, roots) };
}

interface LayerChoice extends QuickPickItem {
  /** The full name of the other run's layer, null for none, undefined for the one that fits. */
  readonly layer: string | null | undefined;
}

/** Asks which layer of the other run belongs to a layer. */
export async function choosePartner(
  { catalog, options, comparison }: Pick<Session, 'catalog' | 'options' | 'comparison'>,
  id: number | undefined,
): Promise<Pick<OptionChanges, 'reference'> | undefined> {
  const layer = id === undefined ? undefined : catalog?.layers[id];
  const { join } = comparison;
  const { reference } = options;
  if (layer === undefined || join === undefined || !isOtherRun(reference)) return undefined;
  const joined = join.layers[layer.id]?.other;
  const items: LayerChoice[] = [
    { label: t('Automatic'), description: t('by name, otherwise by type and order'), layer: undefined },
    { label: t('None'), description: t('compare this layer with nothing'), layer: null },
    ...join.other.layers.map((each) => ({
      label: `${each.id === joined ? '$(check) ' : ''}${each.name}`,
      description: shapeOf(each),
      layer: each.fullName,
    })),
  ];
  const item = await window.showQuickPick(items, {
    title: t('Layer of {0} for {1}', comparison.otherTitle, layer.name),
    placeHolder: t('Select the layer that belongs to {0} {1}', layer.name, shapeOf(layer)),
    matchOnDescription: true,
    ...STAYS_OPEN,
  });
  if (item === undefined) return undefined;
  const { [layer.fullName]: _, ...others } = reference.layers ?? {};
  const layers = item.layer === undefined ? others : { ...others, [layer.fullName]: item.layer };
  return { reference: { ...reference, layers } };
}

function shapeOf({ shape, dtype, module }: LayerEntry): string {
  return [`[${shape.join(', ')}] ${dtype}`, ...(module === undefined ? [] : [module])].join(' · ');
}
