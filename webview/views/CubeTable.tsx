import { t } from '@vscode/l10n';
import type { NormalizingMethod } from '../../src/model/analysis';
import type { Cube, CubeMethod, Place } from '../../src/model/cube';
import { count, figure, methodName } from '../format';
import { formulaText, normalizedElement, shownMethods } from '../state/cube';
import { usePanel } from './context';
import { FigureCell, type FigureColumn, FigureHead } from './FigureTable';

interface Props {
  readonly cube: Cube;
  /** G of group normalization. */
  readonly groups: number;
  /** The element whose sets the rows describe. */
  readonly place: Place;
  /** The method whose sets are shown. */
  readonly shown: CubeMethod;
  /** Called with the method under the pointer or in focus, and without when it leaves. */
  readonly onPoint: (method: NormalizingMethod | undefined) => void;
}

/** The set of an element under every method, and what it makes of the element. */
export function CubeTable({ cube, groups, place, shown, onPoint }: Props) {
  const { actions, theme } = usePanel();
  return (
    <section class="cube-table" aria-label={t('Methods')}>
      <table data-table="cube" data-place={[place.n, place.c, place.p].join()}>
        <FigureHead columns={columns()} />
        <tbody onMouseLeave={() => onPoint(undefined)}>
          {shownMethods(cube, groups).map((of) => {
            const { method, reason, sets, size } = of;
            const { mean, variance, output } = normalizedElement(cube, of, place);
            const isDefined = reason === undefined;
            return (
              <tr
                key={method}
                data-method={method}
                data-groups={of.groups}
                aria-current={method === shown.method ? 'true' : undefined}
                title={reason}
                onMouseEnter={() => onPoint(method)}
              >
                <th scope="row">
                  <button
                    type="button"
                    class="link"
                    onFocus={() => onPoint(method)}
                    onBlur={() => onPoint(undefined)}
                    onClick={() => actions.setView({ cubeMethod: method })}
                  >
                    <span class="swatch" style={{ backgroundColor: theme.methods[method] }} />{' '}
                    {methodName(method)}
                  </button>
                </th>
                <FigureCell data-field="sets" value={sets}>
                  {count(sets)}
                </FigureCell>
                <FigureCell data-field="size" value={size}>
                  {count(size)}
                </FigureCell>
                <FigureCell data-field="mean" value={isDefined ? mean : undefined} />
                <FigureCell data-field="variance" value={isDefined ? variance : undefined}>
                  {isDefined ? figure(Math.sqrt(variance)) : '–'}
                </FigureCell>
                <FigureCell data-field="output" value={isDefined ? output : undefined} />
              </tr>
            );
          })}
        </tbody>
      </table>
      <p class="cube-formula" data-formula>
        {shown.reason ?? formulaText(shown, normalizedElement(cube, shown, place), cube.epsilon)}
      </p>
      <p class="muted">{t('Point at a method to see which elements share one µ and σ.')}</p>
    </section>
  );
}

function columns(): readonly FigureColumn[] {
  return [
    { key: 'method', label: t('method') },
    { key: 'sets', label: t('sets'), title: t('Sets of elements that share one mean and variance') },
    { key: 'size', label: t('values'), title: t('Values in each set') },
    { key: 'mean', label: 'µ', title: t('Mean of the element’s set') },
    {
      key: 'variance',
      label: 'σ',
      title: t('Standard deviation of the element’s set; for RMS the root mean square'),
    },
    { key: 'output', label: 'x̂', title: t('The element after the method') },
  ];
}
