import { t } from '@vscode/l10n';
import { useCallback, useState } from 'preact/hooks';
import type { NormalizingMethod } from '../../src/model/analysis';
import type { Cube, CubeMethod, Place } from '../../src/model/cube';
import { ChartCanvas } from '../charts/ChartCanvas';
import { distributionChart } from '../charts/distributionChart';
import {
  cubeAsText,
  elementSentence,
  groupNumbers,
  groupsText,
  methodTitle,
  placeName,
  setName,
  setsOfMethod,
  setsText,
  shownGroups,
  shownPlace,
} from '../state/cube';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { placeInView, type ViewState } from '../state/viewState';
import type { Theme } from '../theme';
import { CubeDrawing } from './CubeDrawing';
import { CubeTable } from './CubeTable';
import { usePanel } from './context';
import { CopyButton } from './Icon';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/** Which elements every method normalizes together, on the tensor in view [Wu & He 2018, fig. 2]. */
export function CubeView({ data, view, selection }: Props) {
  const { cube } = data;
  return (
    <section class="cube" aria-label={t('Cube')}>
      {cube === undefined ? (
        <p class="tab-empty muted" role="status">
          {emptyWords(selection)}
        </p>
      ) : (
        <CubeOf cube={cube} view={view} isStale={cube.record !== selection.record.id} />
      )}
    </section>
  );
}

function emptyWords({ layer, summary }: Selection): string {
  if (layer.summarized !== undefined)
    return t('The file contains distributions of whole tensors, so the elements are not known.');
  return summary === undefined
    ? t('The elements follow when this step is computed.')
    : t('Reading the elements…');
}

function CubeOf({ cube, view, isStale }: { cube: Cube; view: ViewState; isStale: boolean }) {
  const { actions } = usePanel();
  const [pointedMethod, pointMethod] = useState<NormalizingMethod>();
  const [pointed, point] = useState<Place>();
  const groups = shownGroups(cube, view.cubeGroups);
  const of = setsOfMethod(cube, pointedMethod ?? view.cubeMethod, groups);
  if (of === undefined) return null;
  const place = shownPlace(cube, placeInView(view));
  const named = pointed === undefined ? place : shownPlace(cube, pointed);
  return (
    <>
      <p class="tab-line">
        <Groups cube={cube} groups={groups} />
        <CopyButton
          label={t('Copy the sets of this element')}
          onClick={() => actions.copy(cubeAsText(cube, place))}
        />
      </p>
      <div class={`cube-grid${isStale ? ' stale' : ''}`} data-record={cube.record}>
        <p class="cube-readout" data-cube-readout title={elementSentence(cube, of, named)}>
          {t(
            '{0} · {1}: {2}; this one is {3}',
            placeName(cube, named),
            methodTitle(of),
            setsText(of),
            setName(cube, of, named),
          )}
        </p>
        <figure class="cube-drawing">
          <CubeDrawing cube={cube} of={of} place={place} pointed={pointed && named} onPoint={point} />
        </figure>
        <CubeTable cube={cube} groups={groups} place={named} shown={of} onPoint={pointMethod} />
        <figure class="cube-set">
          <figcaption>{t('Distribution of the set')}</figcaption>
          <SetDistribution cube={cube} of={of} />
        </figure>
      </div>
    </>
  );
}

/** G of group normalization, from 1 to the number of channels. */
function Groups({ cube, groups }: { cube: Cube; groups: number }) {
  const { actions } = usePanel();
  const all = groupNumbers(cube);
  const words = groupsText(cube, groups);
  return (
    <label class="cube-groups">
      {t('G = {0}', groups)}
      <input
        type="range"
        min={0}
        max={all.length - 1}
        value={all.indexOf(groups)}
        disabled={all.length < 2}
        aria-label={t('Number of groups G')}
        aria-valuetext={t('G = {0}: {1}', groups, words)}
        data-groups={groups}
        onInput={({ currentTarget }) =>
          actions.setView({ cubeGroups: all[Number(currentTarget.value)], cubeMethod: 'group' })
        }
      />
      <span class="muted">{words}</span>
    </label>
  );
}

/** The values of the set of the element in view. */
function SetDistribution({ cube, of }: { cube: Cube; of: CubeMethod }) {
  const { theme } = usePanel();
  const { distribution } = of;
  const config = useCallback(
    (colors: Theme) =>
      distributionChart(distribution === undefined ? {} : { current: distribution }, {
        color: colors.methods[of.method],
        theme: colors,
        logCounts: false,
      }),
    [distribution, of.method],
  );
  const name = setName(cube, of, cube.element);
  return distribution === undefined || of.reason !== undefined ? (
    <div class="chart" />
  ) : (
    <ChartCanvas
      config={config}
      theme={theme}
      name="cube-set"
      label={t(
        '{0}: values of {1}, from {2} to {3}',
        methodTitle(of),
        name,
        distribution.min,
        distribution.max,
      )}
    />
  );
}
