import type { ComponentChildren } from 'preact';
import { figure } from '../format';
import { exactCell } from '../state/numbers';

/** A column of a table of figures. */
export interface FigureColumn {
  readonly key: string;
  readonly label: ComponentChildren;
  /** The definition, in a sentence. */
  readonly title?: string;
}

/** The names of the columns. */
export function FigureHead({ columns }: { columns: readonly FigureColumn[] }) {
  return (
    <thead>
      <tr>
        {columns.map(({ key, label, title }) => (
          <th key={key} scope="col" title={title}>
            {label}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface CellProps {
  readonly value: number | undefined;
  /** What people read, if it is not the figure itself. */
  readonly children?: ComponentChildren;
  readonly title?: string | undefined;
  readonly 'data-field'?: string;
  readonly 'data-method'?: string;
}

/** A figure for people, and its exact value for machines. */
export function FigureCell({ value, children = figure(value), ...attributes }: CellProps) {
  return (
    <td {...attributes} data-value={exactCell(value)}>
      {children}
    </td>
  );
}
