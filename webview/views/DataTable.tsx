import { t } from '@vscode/l10n';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { FigureHead } from './FigureTable';
import { Pages } from './Pages';
import { useSteps } from './useSteps';

interface DataTableProps {
  readonly name: string;
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: number;
  readonly row: (at: number) => ComponentChildren;
}

/** Rows of a page; more take longer than a frame. */
const PAGE = 120;

/** Rows that are written at once; each frame adds as many. */
const FIRST_ROWS = 40;

/** A table of a chart's figures, in pages. */
export function DataTable({ name, caption, columns, rows, row }: DataTableProps) {
  const [chosen, setPage] = useState(0);
  const pages = Math.max(1, Math.ceil(rows / PAGE));
  const page = Math.min(chosen, pages - 1);
  const first = page * PAGE;
  const last = Math.min(rows, first + PAGE);
  const written = useSteps(last - first, FIRST_ROWS);
  return (
    <section class="table-scroll" tabIndex={0} aria-label={t('{0}, scrollable', caption)}>
      <table data-table={name} data-rows={rows} aria-busy={written < last - first}>
        <caption>
          {caption}
          <Pages page={page} size={PAGE} rows={rows} onPage={setPage} />
        </caption>
        <FigureHead columns={columns.map((column) => ({ key: column, label: column }))} />
        <tbody>{Array.from({ length: written }, (_, i) => row(first + i))}</tbody>
      </table>
    </section>
  );
}
