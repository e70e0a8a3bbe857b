import { t } from '@vscode/l10n';
import { type QuickPickItem, window } from 'vscode';
import {
  DEFAULT_EPSILON,
  DEFAULT_GROUPS,
  describeTensor,
  layoutOf,
  PERCENTILE_PRESETS,
} from '../../model/analysis';
import type { LayerEntry, Layout } from '../../model/catalog';
import { isOtherRun, type Reference } from '../../model/reference';
import type { OptionChanges, OptionName } from '../../protocol/panelApi';
import { layoutProblem, layoutsFor } from '../../run/layout';
import type { Panels } from '../panel/panels';
import type { Runs } from '../session/runs';
import type { Session } from '../session/session';
import { parseEpsilon, parsePercentiles } from '../session/sessionOptions';
import { axisChoices } from './axisChoices';
import { chooseOtherRun, choosePartner, type OfferedRuns } from './chooseOtherRun';
import { STAYS_OPEN } from './dialogFocus';

/** The layer that a command applies to, as a menu or the panel passes it. */
export interface LayerTarget {
  readonly session: Session;
  readonly layer: number;
}

interface Choice<T> extends QuickPickItem {
  readonly value: T;
}

/** The choice in a dialog; undefined if the dialog was canceled. */
type Chosen = Promise<Partial<OptionChanges> | undefined>;

type Dialog = (session: Session, layer: number | undefined, offered: OfferedRuns) => Chosen;

const DIALOGS: Readonly<Record<OptionName, Dialog>> = {
  layout: chooseLayout,
  groups: chooseGroups,
  epsilon: chooseEpsilon,
  reference: (session, _, offered) => chooseReference(session, offered),
  otherRun: (session, _, offered) => chooseOtherRun(session, offered),
  partner: choosePartner,
  percentiles: choosePercentiles,
};

/** Opens the dialog of an option and sets the option; for commands and the panel. `offered`: to compare with. */
export async function chooseOption(
  session: Session,
  option: OptionName,
  layer: number | undefined,
  offered: OfferedRuns,
): Promise<void> {
  const changes = await DIALOGS[option](session, layer, offered);
  if (changes !== undefined) session.setOptions(changes);
}

/** *Set Layout of Layer…* */
export async function setLayout(runs: Runs, panels: Panels, target: LayerTarget | undefined): Promise<void> {
  const chosen = target ?? (await askForLayer(runs, panels, t('Set Layout of Layer')));
  if (chosen !== undefined) await chooseOption(chosen.session, 'layout', chosen.layer, runs);
}

async function chooseLayout(session: Session, id: number | undefined): Chosen {
  const { options, catalog } = session;
  const layer = id === undefined ? undefined : catalog?.layers[id];
  if (layer === undefined) return undefined;
  if (layer.summarized !== undefined) {
    void window.showInformationMessage(layer.summarized);
    return undefined;
  }
  const layout = await askForLayout(session, layer);
  if (layout === undefined || typeof layout === 'object') return layout;
  const alike = (catalog?.layers ?? []).filter(
    (other) => other.shape.length === layer.shape.length && other.summarized === undefined,
  );
  const layers = alike.length === 1 ? alike : await askForExtent(layer, alike);
  if (layers === undefined) return undefined;
  const layouts = { ...options.layouts };
  for (const each of layers) {
    if (layout === 'guess') delete layouts[each.fullName];
    else layouts[each.fullName] = layout;
  }
  return { layouts };
}

/** Asks for a layer of the current run; the layer in view is the first. `title` is the title of the command. */
export async function askForLayer(
  runs: Runs,
  panels: Panels,
  title: string,
): Promise<LayerTarget | undefined> {
  const session = runs.current;
  if (session?.catalog === undefined) return undefined;
  const panel = panels.active();
  const inView = panel?.session === session ? panel.focus?.layer : undefined;
  const items = session.catalog.layers.map(
    (layer): Choice<number> => ({
      label: layer.name,
      description: describeTensor(layer, session.options),
      value: layer.id,
    }),
  );
  // The layer in view is the most likely choice.
  items.sort((a, b) => Number(b.value === inView) - Number(a.value === inView));
  const item = await window.showQuickPick(items, {
    title,
    placeHolder: t('Select a layer'),
    ...STAYS_OPEN,
  });
  return item === undefined ? undefined : { session, layer: item.value };
}

/** A layout, the choice to go back to the run's, or other readings of the axes of the layer's array. */
async function askForLayout(
  session: Session,
  layer: LayerEntry,
): Promise<Layout | 'guess' | Pick<OptionChanges, 'readings'> | undefined> {
  const current = layoutOf(layer, session.options);
  const items: Choice<Layout | 'guess' | 'other' | Pick<OptionChanges, 'readings'>>[] = layoutsFor(
    layer.shape.length,
  ).map(({ layout, description }) => ({
    label: layout,
    description: layout === current ? t('{0} (current)', description) : description,
    value: layout,
  }));
  items.push({ label: t('Other…'), description: t('one letter for each axis'), value: 'other' });
  if (Object.hasOwn(session.options.layouts, layer.fullName)) {
    items.push({
      label: t('Reset to {0}', layer.layout),
      description: t('the layout from the run'),
      value: 'guess',
    });
  }
  items.push(...axisChoices(layer, session.options));
  const item = await window.showQuickPick(items, {
    title: t('Layout of {0}, shape [{1}]', layer.name, layer.shape.join(', ')),
    placeHolder: t('N: samples, C: channels or features, other letters: spatial or sequence positions'),
    ...STAYS_OPEN,
  });
  if (item?.value !== 'other') return item?.value;
  const text = await window.showInputBox({
    title: t('Layout of {0}, shape [{1}]', layer.name, layer.shape.join(', ')),
    value: current,
    validateInput: (value) => layoutProblem(value.trim().toUpperCase(), layer.shape),
    ...STAYS_OPEN,
  });
  return text?.trim().toUpperCase();
}

async function askForExtent(
  layer: LayerEntry,
  alike: readonly LayerEntry[],
): Promise<readonly LayerEntry[] | undefined> {
  const items: Choice<readonly LayerEntry[]>[] = [
    { label: t('Only {0}', layer.name), value: [layer] },
    {
      label:
        layer.shape.length === 1
          ? t('All {0} layers with 1 axis', alike.length)
          : t('All {0} layers with {1} axes', alike.length, layer.shape.length),
      value: alike,
    },
  ];
  const item = await window.showQuickPick(items, {
    title: t('Set Layout of Layer'),
    placeHolder: t('Select the layers that use this layout'),
    ...STAYS_OPEN,
  });
  return item?.value;
}

async function chooseGroups(session: Session): Chosen {
  const text = await window.showInputBox({
    title: t('Groups of Group Normalization'),
    ...STAYS_OPEN,
    prompt: t(
      'Applies to all layers. If the number does not divide the channels of a layer, the largest smaller divisor is used. Leave empty for the layer’s own number, or {0} if the run has none.',
      DEFAULT_GROUPS,
    ),
    value: session.options.groups === undefined ? '' : String(session.options.groups),
    validateInput: (value) =>
      value.trim() === '' || (/^\d{1,6}$/.test(value.trim()) && Number(value) >= 1)
        ? undefined
        : t('Enter a whole number, 1 or greater.'),
  });
  if (text === undefined) return undefined;
  return { groups: text.trim() === '' ? null : Number(text) };
}

async function chooseEpsilon({ options }: Session): Chosen {
  const text = await window.showInputBox({
    title: t('ε of All Methods'),
    ...STAYS_OPEN,
    prompt: t(
      'ε in (x − µ)/√(σ² + ε), for all layers. Leave empty for the layer’s own ε, or {0} if the run has none.',
      DEFAULT_EPSILON.toExponential(),
    ),
    value: options.epsilon === undefined ? '' : String(options.epsilon),
    validateInput: (value) => {
      const parsed = parseEpsilon(value);
      return typeof parsed === 'string' ? parsed : undefined;
    },
  });
  const parsed = text === undefined ? undefined : parseEpsilon(text);
  return parsed === undefined || typeof parsed === 'string' ? undefined : { epsilon: parsed };
}

async function chooseReference(session: Session, offered: OfferedRuns): Chosen {
  const current = session.options.reference;
  const mark = (value: Reference) => (value === current ? '$(check) ' : '');
  const items: Choice<Reference | 'otherRun'>[] = [
    {
      label: `${mark('first')}${t('First step')}`,
      description: t('the first step of each layer'),
      value: 'first',
    },
    {
      label: `${mark('previous')}${t('Previous step')}`,
      description: t('the step before each step'),
      value: 'previous',
    },
    {
      label: `${isOtherRun(current) ? '$(check) ' : ''}${t('Another run…')}`,
      description: t('the same step of another run'),
      value: 'otherRun',
    },
    ...(session.catalog?.steps ?? []).map((step) => ({
      label: `${mark(step)}${t('Step {0}', step)}`,
      value: step,
    })),
  ];
  const item = await window.showQuickPick(items, {
    title: t('Reference Step'),
    placeHolder: t('Select the step that shifts are measured from'),
    ...STAYS_OPEN,
  });
  if (item?.value === 'otherRun') return chooseOtherRun(session, offered);
  return item === undefined ? undefined : { reference: item.value };
}

async function choosePercentiles(session: Session): Chosen {
  const items: Choice<readonly number[] | 'custom'>[] = PERCENTILE_PRESETS.map(
    ({ label, source, percentiles }) => ({ label, description: source, value: percentiles }),
  );
  items.push({ label: t('Other…'), description: t('up to 15 numbers from 0 to 100'), value: 'custom' });
  const item = await window.showQuickPick(items, {
    title: t('Percentiles'),
    placeHolder: t('Select the percentiles to draw'),
    ...STAYS_OPEN,
  });
  if (item === undefined) return undefined;
  if (item.value !== 'custom') return { percentiles: item.value };
  const text = await window.showInputBox({
    title: t('Percentiles'),
    value: session.options.percentiles.join(', '),
    validateInput: (value) => {
      const parsed = parsePercentiles(value);
      return typeof parsed === 'string' ? parsed : undefined;
    },
    ...STAYS_OPEN,
  });
  const parsed = text === undefined ? undefined : parsePercentiles(text);
  return Array.isArray(parsed) ? { percentiles: parsed } : undefined;
}
