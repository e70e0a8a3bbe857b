import { type QuickPickItem, window } from 'vscode';
import {
  DEFAULT_EPSILON,
  DEFAULT_GROUPS,
  describeTensor,
  layoutOf,
  PERCENTILE_PRESETS,
  type Reference,
} from '../../model/analysis';
import type { LayerEntry, Layout } from '../../model/catalog';
import type { OptionChanges, OptionName } from '../../protocol/panelApi';
import { layoutProblem, layoutsFor } from '../../run/layout';
import type { Panels } from '../panel/panels';
import type { Runs } from '../session/runs';
import type { Session } from '../session/session';
import { parseEpsilon, parsePercentiles } from '../session/sessionOptions';
import { STEP } from './dialogStep';

/** The layer that a command is about, as a menu or the panel names it. */
export interface LayerTarget {
  readonly session: Session;
  readonly layer: number;
}

interface Choice<T> extends QuickPickItem {
  readonly value: T;
}

/** What a person chose in a dialog; undefined where the dialog was cancelled. */
type Chosen = Promise<Partial<OptionChanges> | undefined>;

const DIALOGS: Readonly<Record<OptionName, (session: Session, layer: number | undefined) => Chosen>> = {
  layout: chooseLayout,
  groups: chooseGroups,
  epsilon: chooseEpsilon,
  reference: chooseReference,
  percentiles: choosePercentiles,
};

/** Sets an option of a run to what the person chooses in its dialog: for commands and the panel alike. */
export async function chooseOption(session: Session, option: OptionName, layer?: number): Promise<void> {
  const changes = await DIALOGS[option](session, layer);
  if (changes !== undefined) session.setOptions(changes);
}

/** *Set Layout of Layer…* */
export async function setLayout(runs: Runs, panels: Panels, target: LayerTarget | undefined): Promise<void> {
  const chosen = target ?? (await askForLayer(runs, panels));
  if (chosen !== undefined) await chooseOption(chosen.session, 'layout', chosen.layer);
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
  if (layout === undefined) return undefined;
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
      description: layout === inForce ? `${description} (current)` : description,
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

async function chooseGroups(session: Session): Chosen {
  const text = await window.showInputBox({
    title: 'Groups of group normalization',
    prompt: `Where G does not divide a layer's channels, the largest divisor below it is used. Empty: the layer's own, else ${DEFAULT_GROUPS}.`,
    value: session.options.groups === undefined ? '' : String(session.options.groups),
    validateInput: (value) =>
      value.trim() === '' || (/^\d{1,6}$/.test(value.trim()) && Number(value) >= 1)
        ? undefined
        : 'Enter a whole number, 1 or greater.',
  });
  if (text === undefined) return undefined;
  return { groups: text.trim() === '' ? null : Number(text) };
}

async function chooseEpsilon({ options }: Session): Chosen {
  const text = await window.showInputBox({
    title: 'ε of every normalization',
    prompt: `ε in (x − µ)/√(σ² + ε). Empty: the layer's own, else ${DEFAULT_EPSILON.toExponential()}.`,
    value: options.epsilon === undefined ? '' : String(options.epsilon),
    validateInput: (value) => {
      const parsed = parseEpsilon(value);
      return typeof parsed === 'string' ? parsed : undefined;
    },
  });
  const parsed = text === undefined ? undefined : parseEpsilon(text);
  return parsed === undefined || typeof parsed === 'string' ? undefined : { epsilon: parsed };
}

async function chooseReference(session: Session): Chosen {
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
  return item === undefined ? undefined : { reference: item.value };
}

async function choosePercentiles(session: Session): Chosen {
  const items: Choice<readonly number[] | 'custom'>[] = PERCENTILE_PRESETS.map(
    ({ label, source, percentiles }) => ({ label, description: source, value: percentiles }),
  );
  items.push({ label: 'Other…', description: 'up to 15 numbers from 0 to 100', value: 'custom' });
  const item = await window.showQuickPick(items, {
    title: 'Percentiles',
    placeHolder: 'Which percentiles are drawn?',
    ...STEP,
  });
  if (item === undefined) return undefined;
  if (item.value !== 'custom') return { percentiles: item.value };
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
  return Array.isArray(parsed) ? { percentiles: parsed } : undefined;
}
