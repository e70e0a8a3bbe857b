import { t } from '@vscode/l10n';

/**
 * Returns the first key that occurs twice in one object of a valid JSON text; undefined if there is none. (`JSON.parse`
 * silently keeps the last one.) Visits every character once: a regular expression overflows the stack on a string of a
 * few megabytes.
 */
export function repeatedKey(json: string): string | undefined {
  // One set of keys per open object; undefined for an array.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === BRACE) open.push(new Set());
    else if (char === BRACKET) open.push(undefined);
    else if (char === BRACE + 2 || char === BRACKET + 2) open.pop();
    else if (char === QUOTE) {
      const end = stringEnd(json, at);
      if (isKey(json, end)) {
        const text = json.slice(at + 1, end - 1);
        const key = text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
        const keys = open.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/**
 * Returns why a JSON text is too large to parse; undefined if it is not. Check this before parsing, because a bracket
 * takes a hundred times its size in memory.
 */
export function jsonExcess(json: string, most: { depth: number; values: number }): string | undefined {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) at = stringEnd(json, at) - 1;
    else if (char === COMMA) values++;
    else if (char === BRACKET || char === BRACE) {
      values++;
      if (++depth > most.depth) return t('The JSON text is nested more than {0} levels deep.', most.depth);
    } else if (char === BRACKET + 2 || char === BRACE + 2) depth--;
  }
  return values > most.values ? t('The JSON text has more than {0} values.', most.values) : undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BRACE = 0x7b;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** Returns the position after the closing quote of the string that starts at `start`. */
function stringEnd(json: string, start: number): number {
  let at = start + 1;
  for (; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) break;
    if (char === BACKSLASH) at++;
  }
  return at + 1;
}

/** A string followed by a colon is a key. */
function isKey(json: string, end: number): boolean {
  let at = end;
  while (isSpace(json.charCodeAt(at))) at++;
  return json.charCodeAt(at) === COLON;
}

/** Whether JSON ignores a character between values. */
function isSpace(char: number): boolean {
  return char === 0x20 || char === 0x0a || char === 0x0d || char === 0x09;
}
