/** What may stand between the parts of a name. */
const SEPARATOR = /[\s_\-=:#.,@+]/u;

/** `text` without the part that was a field; one of the separators around it stays where both sides have text. */
export function without(text: string, start: number, length: number): string {
  const before = /[\s_\-=:#.,@+[({]*$/u.exec(text.slice(0, start))?.[0] ?? '';
  const after = /^[\s_\-=:#.,@+\])}]*/u.exec(text.slice(start + length))?.[0] ?? '';
  const parts = [text.slice(0, start - before.length), text.slice(start + length + after.length)];
  return parts.filter((part) => part !== '').join(SEPARATOR.exec(before + after)?.[0] ?? '');
}
