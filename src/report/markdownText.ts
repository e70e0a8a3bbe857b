import { visible } from './visible';

/** A name as a code span, which shows every character as it is [CommonMark 0.31, 6.1]; in a table it needs {@link plain}. */
export function code(text: string): string {
  const shown = visible(text);
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  // A space next to each fence is not shown; without one, a name that begins and ends with spaces loses these.
  const isPadded = longest > 0 || shown === '' || shown.startsWith(' ') || shown.endsWith(' ');
  return isPadded ? `${fence} ${shown} ${fence}` : `${fence}${shown}${fence}`;
}

/** Characters that could begin a block at the start of a line: a heading, a list, a quote, a rule, a fence, a table. */
const BLOCK_START = /^(\s*)([#+=~-]|\d+(?=[.)]))/u;

/**
 * A text on one line that shows every character as it is: no emphasis, code, link, HTML, table, entity or formula, and no
 * link that GitHub makes of an address [CommonMark 0.31, 2.4; GitHub Flavored Markdown, 6.9].
 */
export function plain(text: string): string {
  return visible(text)
    .trim()
    .replaceAll(/[\\`*_[\]<>|&~$@]/g, '\\$&')
    .replaceAll(/:(?=\/\/|\w)/g, '\\:')
    .replaceAll(/(?<=www)\./giu, '\\.')
    .replace(BLOCK_START, (_, space: string, start: string) =>
      /\d/u.test(start) ? `${space}${start}\\` : `${space}\\${start}`,
    );
}

/** Five digits; more if the value is large compared to its deviation, so that neighbors do not look equal. */
export function number(value: number | undefined, deviation = Number.NaN): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const beyond = Math.floor(Math.log10(Math.abs(value) / deviation));
  const digits = beyond > 0 && deviation > 0 ? Math.min(17, 5 + beyond) : 5;
  return String(Number(value.toPrecision(digits)));
}
