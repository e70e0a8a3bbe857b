/** Separators of fields, the likelier first. */
const SEPARATORS = [',', ';', '\t'] as const;

/**
 * Reads the rows of delimited text [RFC 4180]: fields may be quoted, quotes in them are doubled, lines end in LF, CRLF or
 * CR. Rows without any character are skipped. The separator is the one that the first line has most of. A quoted field
 * that does not end, as in a line that is still being written, ends with the text.
 */
export function* delimitedRows(text: string): Generator<string[]> {
  const separator = separatorOf(text);
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    const row: string[] = [];
    const start = at;
    let hasNext = true;
    while (hasNext) {
      const field = readField(text, at, separator);
      row.push(field.text);
      hasNext = text[field.end] === separator;
      at = hasNext ? field.end + 1 : field.end;
    }
    const isEmpty = at === start;
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    if (!isEmpty) yield row;
  }
}

/** A field, and where it ends: at a separator, at the end of the line, or at the end of the text. */
function readField(text: string, start: number, separator: string): { text: string; end: number } {
  let content = '';
  let at = start;
  if (text[at] === '"') {
    for (;;) {
      const quote = text.indexOf('"', at + 1);
      if (quote < 0) return { text: content + text.slice(at + 1), end: text.length };
      content += text.slice(at + 1, quote);
      at = quote + 1;
      if (text[at] !== '"') break;
      content += '"';
    }
  }
  const from = at;
  while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at++;
  return { text: content + text.slice(from, at), end: at };
}

function separatorOf(text: string): string {
  const line = /^[^\n\r]*/u.exec(text)?.[0].replace(/"[^"]*"/gu, '') ?? '';
  const counts = SEPARATORS.map((separator) => line.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))];
}
