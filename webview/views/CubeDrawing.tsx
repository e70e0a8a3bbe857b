import { t } from '@vscode/l10n';
import { useMemo } from 'preact/hooks';
import type { Cube, CubeMethod, Place } from '../../src/model/cube';
import { CUBE_SIZE, type CubeCell, cubeGeometry } from '../charts/cubeGeometry';
import { areTogether, axisNames, elementSentence } from '../state/cube';
import { usePanel } from './context';

interface Props {
  readonly cube: Cube;
  /** The method whose sets are shown. */
  readonly of: CubeMethod;
  /** The element in view, which the cube includes. */
  readonly place: Place;
  /** The element under the pointer, if any. */
  readonly pointed: Place | undefined;
  readonly onPoint: (place: Place | undefined) => void;
}

/** How opaque the color of a lit cell is, by side. */
const LIGHT = { front: 0.9, top: 0.7, right: 0.55 };

/** The tensor as blocks. Those that share one µ and σ with the element in view, or under the pointer, are lit. */
export function CubeDrawing({ cube, of, place, pointed, onPoint }: Props) {
  const { actions, theme } = usePanel();
  const { cells, cut, across, down, depth } = useMemo(() => cubeGeometry(cube, place.n), [cube, place.n]);
  const names = axisNames(cube);
  const shown = pointed ?? place;
  const cellOf = ({ target }: Event): Place | undefined => {
    const at = target instanceof Element ? target.getAttribute('data-cell') : null;
    return at === null ? undefined : cells[Number(at)].place;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey) return;
    const to = moved(cube, place, event.key);
    if (to === undefined) return;
    actions.selectElement(to);
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing that takes keys
    <div
      class="cube-cells"
      tabIndex={0}
      role="group"
      aria-label={
        cube.positions === 1
          ? t('Elements: the arrow keys move through channels and samples')
          : t(
              'Elements: the arrow keys move through channels and positions, Page Up and Page Down through samples',
            )
      }
      onKeyDown={onKeyDown}
      onMouseMove={(event) => onPoint(cellOf(event))}
      onMouseLeave={() => onPoint(undefined)}
      onClick={(event) => {
        const to = cellOf(event);
        if (to !== undefined) actions.selectElement(to);
      }}
    >
      <svg
        viewBox={`0 0 ${CUBE_SIZE.width} ${CUBE_SIZE.height}`}
        preserveAspectRatio="xMinYMin"
        role="img"
        aria-label={elementSentence(cube, of, place)}
        data-cube
      >
        {cut !== undefined && <polyline class="cube-cut" points={cut} />}
        {cells.map(({ place: at, side, points }, i) => {
          const isLit = of.reason === undefined && areTogether(cube, of, at, shown);
          return (
            <polygon
              key={i}
              class={`cube-cell ${side}`}
              points={points}
              data-cell={i}
              data-lit={isLit}
              style={isLit ? { fill: theme.methods[of.method], fillOpacity: LIGHT[side] } : {}}
            />
          );
        })}
        {cells
          .filter((cell) => isAt(cell, place))
          .map(({ points, side }) => (
            <polygon key={side} class="cube-element" points={points} />
          ))}
        <text x={across[0]} y={across[1]}>
          {names.c}
        </text>
        <text transform={`translate(${down[0]} ${down[1]}) rotate(-90)`}>
          {depth === undefined ? names.n : names.p}
        </text>
        {depth !== undefined && (
          <text x={depth[0]} y={depth[1]}>
            {names.n}
          </text>
        )}
      </svg>
    </div>
  );
}

function isAt({ place }: CubeCell, { n, c, p }: Place): boolean {
  return place.n === n && place.c === c && place.p === p;
}

/** Where a key leads; undefined for other keys. */
function moved({ samples, channels, positions }: Cube, { n, c, p }: Place, key: string): Place | undefined {
  const down = positions === 1 ? 'n' : 'p';
  const [rows, row] = positions === 1 ? [samples, n] : [positions, p];
  const to = {
    ArrowLeft: { c: c - 1 },
    ArrowRight: { c: c + 1 },
    ArrowUp: { [down]: row - 1 },
    ArrowDown: { [down]: row + 1 },
    PageUp: { n: n - 1 },
    PageDown: { n: n + 1 },
    Home: { c: 0 },
    End: { c: channels - 1 },
  }[key];
  if (to === undefined) return undefined;
  const next = { n, c, p, ...to };
  const within = (index: number, length: number) => Math.min(length - 1, Math.max(0, index));
  return {
    n: within(next.n, samples),
    c: within(next.c, channels),
    p: positions === 1 ? 0 : within(next.p, rows),
  };
}
