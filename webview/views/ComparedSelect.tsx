import { t } from '@vscode/l10n';
import { COMPARED, type Compared } from '../../src/model/compared';
import { quantityOf } from '../../src/model/mapQuantities';
import { hasRatio } from '../charts/comparedFigures';
import type { ViewState } from '../state/viewState';
import { usePanel } from './context';

interface Props {
  readonly view: ViewState;
  /** The run that is compared with. */
  readonly name: string;
}

/** Chooses how the quantity of the map is measured against the other run. The shift always is a distance from it. */
export function ComparedSelect({ view, name }: Props) {
  const { actions } = usePanel();
  const { mapQuantity, mapCompared } = view;
  const isShift = mapQuantity === 'shift';
  const isPossible = (compared: Compared) => compared !== 'ratio' || hasRatio(quantityOf(mapQuantity).scale);
  return (
    <select
      aria-label={t('Comparison on the map')}
      title={
        isShift
          ? t('The shift is the distance from {0}.', name)
          : t('The values of this run, or their difference or ratio to {0}', name)
      }
      data-compared
      disabled={isShift}
      value={isShift ? 'difference' : isPossible(mapCompared) ? mapCompared : 'difference'}
      onChange={({ currentTarget }) => {
        const compared = COMPARED.find((each) => each === currentTarget.value);
        if (compared !== undefined) actions.setView({ mapCompared: compared });
      }}
    >
      {COMPARED.map((compared) => (
        <option key={compared} value={compared} disabled={!isPossible(compared)}>
          {words(isShift ? undefined : compared)}
        </option>
      ))}
    </select>
  );
}

function words(compared: Compared | undefined): string {
  switch (compared) {
    case 'values':
      return t('this run');
    case 'difference':
      return t('difference');
    case 'ratio':
      return t('ratio');
    case undefined:
      return t('distance');
  }
}
