/** Separators between the parts of a name. */
const SEPARATOR = /[\s_\-=:#.,@+]/u;

/**
 * Returns `text` without the part that was a field. If there is text on both sides, one of the separators around it
 * remains.
 */
export function without(text: string, start: number, length: number): string {
  const before = /[\s_\-=:#.,@+[({]*$/u.exec(text.slice(0, start))?.[0] ?? '';
  const after = /^[\s_\-=:#.,@+\])}]*/u.exec(text.slice(start + length))?.[0] ?? '';
  const parts = [text.slice(0, start - before.length), text.slice(start + length + after.length)];
  return parts.filter((part) => part !== '').join(SEPARATOR.exec(before + after)?.[0] ?? '');
}
