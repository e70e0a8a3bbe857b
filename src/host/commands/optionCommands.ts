import { type QuickPickItem, window } from 'vscode';
import {
  DEFAULT_GROUPS,
  describeTensor,
  layoutOf,
  PERCENTILE_PRESETS,
  type Reference,
} from '../../model/analysis';
import type { LayerEntry, Layout } from '../../model/catalog';
import { layoutProblem, layoutsFor } from '../../run/layout';
import type { Panels } from '../panel/panels';
import type { Runs } from '../session/runs';
import type { Session } from '../session/session';
import { parsePercentiles } from '../session/sessionOptions';
import { STEP } from './dialogStep';

/** The layer that a command is about, as a menu or the panel names it. */
export interface LayerTarget {
  readonly session: Session;
  readonly layer: number;
}

interface Choice<T> extends QuickPickItem {
  readonly value: T;
}

/** *Set Layout of Layer…* */
export async function setLayout(runs: Runs, panels: Panels, target: LayerTarget | undefined): Promise<void> {
  const chosen = target ?? (await askForLayer(runs, panels));
  const layer = chosen?.session.catalog?.layers[chosen.layer];
  if (chosen === undefined || layer === undefined) return;
  if (layer.summarized !== undefined) return void window.showInformationMessage(layer.summarized);
  const layout = await askForLayout(chosen.session, layer);
  if (layout === undefined) return;
  const { options, catalog } = chosen.session;
  const alike = (catalog?.layers ?? []).filter(
    (other) => other.shape.length === layer.shape.length && other.summarized === undefined,
  );
  const layers = alike.length === 1 ? alike : await askForExtent(layer, alike);
  if (layers === undefined) return;
  const layouts = { ...options.layouts };
  for (const each of layers) {
    if (layout === 'guess') delete layouts[each.fullName];
    else layouts[each.fullName] = layout;
  }
  chosen.session.setOptions({ layouts });
}

/** Asks which layer of the current run is meant; the one in view is the first. `title` is that of the command. */
export async function askForLayer(
  runs: Runs,
  panels: Panels,
  title = 'Set Layout of Layer',
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
  // The layer in view is the likeliest.
  items.sort((a, b) => Number(b.value === inView) - Number(a.value === inView));
  const item = await window.showQuickPick(items, {
    title,
    placeHolder: 'Which layer?',
    ...STEP,
  });
  return item === undefined ? undefined : { session, layer: item.value };
}

async function askForLayout(session: Session, layer: LayerEntry): Promise<Layout | 'guess' | undefined> {
  const inForce = layoutOf(layer, session.options);
  const items: Choice<Layout | 'guess' | 'other'>[] = layoutsFor(layer.shape.length).map(
    ({ layout, description }) => ({
      label: layout,
      description: layout === inForce ? `${description} (in force)` : description,
      value: layout,
    }),
  );
  items.push({ label: 'Other…', description: 'one letter for each axis', value: 'other' });
  if (Object.hasOwn(session.options.layouts, layer.fullName)) {
    items.push({ label: `Back to ${layer.layout}`, description: 'as the run has it', value: 'guess' });
  }
  const item = await window.showQuickPick(items, {
    title: `Layout of ${layer.name}, [${layer.shape.join(', ')}]`,
    placeHolder: 'N sample, C channel or feature, other letters space or sequence',
    ...STEP,
  });
  if (item?.value !== 'other') return item?.value;
  const text = await window.showInputBox({
    title: `Layout of ${layer.name}, [${layer.shape.join(', ')}]`,
    value: inForce,
    validateInput: (value) => layoutProblem(value.trim().toUpperCase(), layer.shape),
    ...STEP,
  });
  return text?.trim().toUpperCase();
}

async function askForExtent(
  layer: LayerEntry,
  alike: readonly LayerEntry[],
): Promise<readonly LayerEntry[] | undefined> {
  const items: Choice<readonly LayerEntry[]>[] = [
    { label: `Only ${layer.name}`, value: [layer] },
    { label: `All ${alike.length} layers with ${layer.shape.length} axes`, value: alike },
  ];
  const item = await window.showQuickPick(items, {
    title: 'Set Layout of Layer',
    placeHolder: 'For which layers?',
    ...STEP,
  });
  return item?.value;
}

/** *Set Groups…* */
export async function setGroups(session: Session): Promise<void> {
  const text = await window.showInputBox({
    title: 'Groups of group normalization',
    prompt: `Where G does not divide a layer's channels, the largest divisor below it is used. Empty: the layer's own, else ${DEFAULT_GROUPS}.`,
    value: session.options.groups === undefined ? '' : String(session.options.groups),
    validateInput: (value) =>
      value.trim() === '' || (/^\d{1,6}$/.test(value.trim()) && Number(value) >= 1)
        ? undefined
        : 'Write a whole number from 1.',
  });
  if (text === undefined) return;
  session.setOptions({ groups: text.trim() === '' ? null : Number(text) });
}

/** *Set Reference Step…* */
export async function setReference(session: Session): Promise<void> {
  const inForce = session.options.reference;
  const mark = (value: Reference) => (value === inForce ? '$(check) ' : '');
  const items: Choice<Reference>[] = [
    { label: `${mark('first')}First step`, description: "each layer's own first step", value: 'first' },
    {
      label: `${mark('previous')}Previous step`,
      description: 'the step before each step',
      value: 'previous',
    },
    ...(session.catalog?.steps ?? []).map((step) => ({ label: `${mark(step)}Step ${step}`, value: step })),
  ];
  const item = await window.showQuickPick(items, {
    title: 'Reference Step',
    placeHolder: 'What is the shift measured from?',
  });
  if (item !== undefined) session.setOptions({ reference: item.value });
}

/** *Choose Percentiles…* */
export async function choosePercentiles(session: Session): Promise<void> {
  const items: Choice<readonly number[] | 'custom'>[] = PERCENTILE_PRESETS.map(
    ({ label, source, percentiles }) => ({ label, description: source, value: percentiles }),
  );
  items.push({ label: 'Other…', description: 'up to 15 numbers from 0 to 100', value: 'custom' });
  const item = await window.showQuickPick(items, {
    title: 'Percentiles',
    placeHolder: 'Which percentiles are drawn?',
    ...STEP,
  });
  if (item === undefined) return;
  if (item.value !== 'custom') return session.setOptions({ percentiles: item.value });
  const text = await window.showInputBox({
    title: 'Percentiles',
    value: session.options.percentiles.join(', '),
    validateInput: (value) => {
      const parsed = parsePercentiles(value);
      return typeof parsed === 'string' ? parsed : undefined;
    },
    ...STEP,
  });
  const parsed = text === undefined ? undefined : parsePercentiles(text);
  if (Array.isArray(parsed)) session.setOptions({ percentiles: parsed });
}
