/** The content of an `.npy` header. */
export interface NpyHeader {
  /** The type code, such as `<f4`; for structured types, the text of the whole description. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/**
 * Parses the header's Python dict literal, limited to the keys and forms that `numpy.lib.format` writes: `{'descr':
 * '<f4', 'fortran_order': False, 'shape': (2, 3), }`. Undefined for anything else. Evaluates nothing and visits every
 * character once.
 */
export function parseNpyHeader(text: string): NpyHeader | undefined {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) return undefined;
  let rest = body;
  let descr: string | undefined;
  let fortranOrder: boolean | undefined;
  let shape: number[] | undefined;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const match = pattern.exec(rest) ?? undefined;
    if (match !== undefined) rest = rest.slice(match[0].length);
    return match;
  };
  while (rest.trim() !== '') {
    const key = take(/^\s*['"](descr|fortran_order|shape)['"]\s*:\s*/)?.[1];
    if (key === 'descr' && descr === undefined) {
      // A list describes a structured type; the error message quotes it. Structured types nest and their field names
      // may contain brackets, but nothing that follows the description does.
      const match = take(/^'([^']*)'|^"([^"]*)"|^(\[.*\])/s);
      descr = match?.[1] ?? match?.[2] ?? match?.[3];
      if (descr === undefined) return undefined;
    } else if (key === 'fortran_order' && fortranOrder === undefined) {
      const match = take(/^(True|False)/);
      if (match === undefined) return undefined;
      fortranOrder = match[1] === 'True';
    } else if (key === 'shape' && shape === undefined) {
      const match = take(/^\(((?:\s*\d{1,19}L?\s*,)*(?:\s*\d{1,19}L?)?)\s*\)/);
      if (match === undefined) return undefined;
      shape = match[1]
        .split(',')
        .map((length) => length.trim().replace('L', ''))
        .filter((length) => length !== '')
        .map(Number);
    } else {
      return undefined;
    }
    if (take(/^\s*,/) === undefined && rest.trim() !== '') return undefined;
  }
  if (descr === undefined || fortranOrder === undefined || shape === undefined) return undefined;
  return { descr, fortranOrder, shape };
}
