/** Characters that are invisible or reorder the text: control characters and bidirectional marks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/**
 * One line in which every character is visible: names come from files, and neither a terminal nor a table may interpret
 * them [Unicode Technical Report 36, 3.5; CVE-2021-42574]. Line breaks and tabs become spaces, the others `\\u202e`.
 */
export function visible(text: string): string {
  return text.replaceAll(/[\t\r\n]+/gu, ' ').replaceAll(UNSEEN, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
