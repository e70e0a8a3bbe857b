/**
 * The texts of a Python file that people read: its literals of several words, without docstrings and comments.
 *
 * @param {string} source
 * @returns {string[]}
 */
export function pythonTexts(source) {
  const token = /#[^\n]*|([rbfuRBFU]{0,2})("""|'''|"|')((?:\\[\s\S]|(?!\2)[\s\S])*)\2/g;
  /** @type {{ text: string, end: number }[]} */
  const literals = [];
  for (const { 0: whole, 2: quote, 3: text, index } of source.matchAll(token)) {
    if (quote === undefined || quote.length === 3) continue;
    const last = literals.at(-1);
    // Literals with nothing but space between them are one.
    if (last !== undefined && /^\s*$/.test(source.slice(last.end, index))) {
      last.text += text;
      last.end = index + whole.length;
    } else literals.push({ text, end: index + whole.length });
  }
  return literals.map(({ text }) => text).filter((text) => /[a-z]{2,} [a-z(]/.test(text));
}
