import { t } from '@vscode/l10n';
import { IconButton } from './Icon';

interface Props {
  /** Counts from 0. */
  readonly page: number;
  readonly size: number;
  readonly rows: number;
  readonly onPage: (page: number) => void;
}

/** Buttons for the pages of a table; nothing if it has one page. */
export function Pages({ page, size, rows, onPage }: Props) {
  if (rows <= size) return null;
  const first = page * size;
  return (
    <span class="pages">
      <IconButton
        icon="chevron-left"
        label={t('Previous rows')}
        disabled={page === 0}
        onClick={() => onPage(page - 1)}
      />
      {t('Rows {0}–{1} of {2}', first + 1, Math.min(rows, first + size), rows)}
      <IconButton
        icon="chevron-right"
        label={t('Next rows')}
        disabled={first + size >= rows}
        onClick={() => onPage(page + 1)}
      />
    </span>
  );
}
