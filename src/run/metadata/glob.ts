/**
 * Whether `text` is what `pattern` says, `*` standing for any characters (none included).
 * Takes at most |pattern| · |text| steps, whatever the pattern.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let mark = 0;
  while (place < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      mark = place;
    } else if (pattern[at] === text[place]) {
      at++;
      place++;
    } else if (star >= 0) {
      at = star + 1;
      place = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
