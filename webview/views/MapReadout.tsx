import { t } from '@vscode/l10n';
import type { RecordPlace } from '../../src/model/catalog';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import { isDiverging } from '../charts/comparedFigures';
import type { DepthProfile } from '../charts/depthProfile';
import type { ShownQuantity } from '../charts/mapSource';
import { figure } from '../format';
import { usePanel } from './context';
import { richText } from './richText';

interface ReadoutProps {
  readonly sentence: string;
  readonly firstNonFinite: RecordPlace | undefined;
  readonly catalog: PanelCatalog;
  readonly perColumn: number;
}

/** One line of fixed height: the cell below the pointer or in view, and where values first were not finite. */
export function Readout({ sentence, firstNonFinite, catalog, perColumn }: ReadoutProps) {
  const { actions } = usePanel();
  return (
    <p
      class="readout"
      data-per-column={perColumn}
      title={
        perColumn > 1
          ? t(
              'Each column covers {0} steps and shows the largest value. The arrow keys move by one step.',
              perColumn,
            )
          : undefined
      }
    >
      <span class="readout-cell" title={sentence} data-readout>
        {sentence}
      </span>
      {firstNonFinite !== undefined && (
        <span class="readout-end">
          {richText(
            t('First NaN or ±Inf: {0}'),
            <button
              type="button"
              class="link"
              data-first-non-finite
              onClick={() =>
                actions.navigate({ to: 'record', layer: firstNonFinite.layer, step: firstNonFinite.step })
              }
            >
              {t('{0}, step {1}', catalog.layers[firstNonFinite.layer].name, firstNonFinite.step)}
            </button>,
          )}
        </span>
      )}
    </p>
  );
}

interface DepthProps {
  readonly catalog: PanelCatalog;
  readonly profile: DepthProfile;
  readonly step: number;
  readonly shown: ShownQuantity;
  /** What the thin lines are. */
  readonly thinLines: string;
}

/** The depth chart in one line: its step, the growth from block to block, and the largest jump. */
export function DepthHeading({ catalog, profile, step, shown, thinLines }: DepthProps) {
  const { jump, growth } = profile;
  const jumpText =
    jump === undefined
      ? undefined
      : t('Largest jump from one layer to the next: at {0}', catalog.layers[jump.layer].name) +
        (jump.factor === undefined ? '' : ` (×${figure(jump.factor, 3)})`);
  return (
    <p
      class="depth-heading"
      title={[
        t(
          'The same quantity along the network at step {0}. A bar begins at 0 or at the lowest percentile.',
          step,
        ),
        ...(shown.figures === undefined || isDiverging(shown.scale) ? [] : [thinLines]),
        ...(growth === undefined
          ? []
          : [t('Mean factor from one block to the next: {0}', figure(growth, 3))]),
        ...(jumpText === undefined ? [] : [t('Arrow: {0}', jumpText)]),
      ].join('\n')}
      data-growth={growth}
      data-jump={jump === undefined ? undefined : catalog.layers[jump.layer].fullName}
    >
      {growth === undefined ? t('Depth') : t('Depth: ×{0} per block', figure(growth, 3))}
    </p>
  );
}
