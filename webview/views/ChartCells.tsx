import type { ComponentChildren } from 'preact';

interface Props<Cell> {
  /** What the chart is, and what its keys do. */
  readonly label: string;
  /** The cell at a place in the chart. */
  readonly cellAt: (box: DOMRect, x: number, y: number) => Cell;
  readonly onPoint: (cell: Cell | undefined) => void;
  readonly onChoose: (cell: Cell) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly children: ComponentChildren;
}

/** A chart made of cells that the pointer and the keyboard choose. */
export function ChartCells<Cell>({ label, cellAt, onPoint, onChoose, onKeyDown, children }: Props<Cell>) {
  const cellUnder = ({ currentTarget, clientX, clientY }: MouseEvent & { currentTarget: HTMLElement }) => {
    const box = currentTarget.getBoundingClientRect();
    return cellAt(box, clientX - box.left, clientY - box.top);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a chart that takes keys
    <div
      class="channel-cells"
      tabIndex={0}
      role="group"
      aria-label={label}
      onKeyDown={onKeyDown}
      onMouseMove={(event) => onPoint(cellUnder(event))}
      onMouseLeave={() => onPoint(undefined)}
      onClick={(event) => onChoose(cellUnder(event))}
    >
      {children}
    </div>
  );
}
