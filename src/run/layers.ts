import { t } from '@vscode/l10n';
import type { LayerEntry, LayerOrder, SourceLocation } from '../model/catalog';
import { flatMapInTurns, type InTurns, inTurns, sortInTurns } from '../model/inTurns';
import { type Problem, problemError } from '../model/problem';
import { arrayOf } from './arrays';
import { joinLayers } from './joinLayers';
import { orderLayers } from './layerOrder';
import { type LocatedSidecar, layerSettings } from './layerSettings';
import { complexLayout, guessLayout, isMegatronLayer, layoutProblem, otherLayouts } from './layout';
import type { LayerSettings } from './metadata/sidecar';
import { shortNames } from './naming/names';
import type { PlacedTensor } from './placement';
import type { FoundParameter, FoundTensor } from './tensors';

/** Layers in the order of the network, or in which they first occur, step by step; see {@link orderLayers}. */
export function* buildLayers(
  placed: readonly PlacedTensor[],
  parameters: readonly FoundParameter[],
  sidecars: readonly LocatedSidecar[],
): InTurns<{
  readonly layers: readonly LayerEntry[];
  readonly order: LayerOrder;
  readonly problems: readonly Problem[];
}> {
  const byName = new Map<string, PlacedTensor[]>();
  yield* inTurns(yield* sortInTurns(placed, (a, b) => a.step - b.step), (each) => {
    const known = byName.get(each.layer);
    if (known === undefined) byName.set(each.layer, [each]);
    else known.push(each);
  });
  const fullNames = [...byName.keys()];
  const short = shortNames(fullNames);
  const groups = fullNames.map((fullName, index) => ({
    names: [fullName, short[index], byName.get(fullName)?.[0].tensor.info.name ?? ''],
    tensors: byName.get(fullName) ?? [],
  }));
  const problems: Problem[] = [];
  yield;
  const { ordered, order } = orderLayers(groups, saidOrder(placed, sidecars));
  const isSequenceFirst = fullNames.some(isMegatronLayer);
  yield;
  const layers = yield* flatMapInTurns([...ordered.entries()], ([id, { names, tensors }]) =>
    layerEntry(id, names, tensors, sidecars, isSequenceFirst, problems),
  );
  return { layers: joinLayers(layers, ordered, parameters, sidecars), order, problems };
}

function saidOrder(placed: readonly PlacedTensor[], sidecars: readonly LocatedSidecar[]): readonly string[] {
  const said = sidecars.find(({ sidecar }) => sidecar.order !== undefined)?.sidecar.order;
  return said ?? placed.find(({ tensor }) => tensor.header.sidecar.order)?.tensor.header.sidecar.order ?? [];
}

function layerEntry(
  id: number,
  names: readonly string[],
  tensors: readonly PlacedTensor[],
  sidecars: readonly LocatedSidecar[],
  isSequenceFirst: boolean,
  problems: Problem[],
): LayerEntry {
  const { header, info } = tensors[0].tensor;
  const array = arrayOf(header, info);
  const settings = layerSettings(header, names, sidecars);
  const {
    layout: said,
    module = info.module,
    epsilon,
    groups,
    momentum,
    normalizedShape,
    training,
    source,
    class: ownClass,
    base,
    ownForward,
    attributes,
  } = settings;
  const summarized = tensors.every(({ tensor }) => tensor.info.summarized !== undefined)
    ? info.summarized
    : undefined;
  const isShapeless = summarized !== undefined && info.shape.length === 0;
  const wrong = said === undefined || isShapeless ? undefined : layoutProblem(said, info.shape);
  if (wrong !== undefined)
    problems.push(misfit(tensors[0].tensor, t('{0} Normscope guesses the layout instead.', wrong)));
  const layoutGuessed = !isShapeless && (said === undefined || wrong !== undefined);
  const layout =
    said !== undefined && wrong === undefined
      ? said
      : info.isComplex === true
        ? complexLayout(info.shape.length)
        : guessLayout(info.shape, module, isSequenceFirst);
  const others =
    layoutGuessed && info.isComplex !== true ? otherLayouts(info.shape, module, isSequenceFirst) : [];
  const other = tensors.find(({ tensor }) => tensor.info.shape.length !== info.shape.length);
  if (other !== undefined) {
    const { shape } = other.tensor.info;
    const message = t(
      'Layer {0} has shape [{1}] at step {2} and [{3}] at step {4}. Its layout {5} does not fit the latter.',
      names[0],
      info.shape.join(', '),
      tensors[0].step,
      shape.join(', '),
      other.step,
      layout,
    );
    problems.push(misfit(other.tensor, message));
  }
  return {
    id,
    name: names[1],
    fullName: names[0],
    layout,
    layoutGuessed,
    ...(others.length > 0 && { otherLayouts: others }),
    dtype: info.dtype,
    shape: info.shape,
    ...(array !== undefined && { array }),
    ...(summarized !== undefined && { summarized }),
    steps: [...new Set(tensors.map(({ step }) => step))],
    ...(module !== undefined && { module }),
    ...(ownClass !== undefined && { class: ownClass }),
    ...(base !== undefined && { base }),
    ...(ownForward !== undefined && { ownForward }),
    ...(attributes !== undefined && { attributes }),
    ...(epsilon !== undefined && { epsilon }),
    ...(groups !== undefined && { groups }),
    ...(momentum !== undefined && { momentum }),
    ...(normalizedShape !== undefined && { normalizedShape }),
    ...(training !== undefined && { training }),
    ...(source !== undefined && { source: sourceOf(source) }),
  };
}

function sourceOf({ file, line }: NonNullable<LayerSettings['source']>): SourceLocation {
  return line === undefined ? { file } : { file, line };
}

function misfit({ header, info }: FoundTensor, message: string): Problem {
  return problemError('layout', header.file.uri, message, info.name === '' ? undefined : info.name).problem;
}
