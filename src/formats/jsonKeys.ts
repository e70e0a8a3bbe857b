/**
 * The first key that repeats within one object of a valid JSON text; undefined where none does. (`JSON.parse` keeps
 * the last of them without a word.)
 */
export function repeatedKey(json: string): string | undefined {
  // One set of keys an open object; undefined for an array.
  const open: (Set<string> | undefined)[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs;
  for (const match of json.matchAll(tokens)) {
    const token = match[0];
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (match[1] !== undefined) {
      const key = JSON.parse(token.slice(0, token.length - match[1].length)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
