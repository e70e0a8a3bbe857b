import { type ComponentChild, Fragment } from 'preact';

/**
 * A message with elements in place of its placeholders `{0}`, `{1}`, …: a whole sentence that can be translated, whose
 * elements may come in another order. Take the message from `t` without arguments.
 */
export function richText(message: string, ...elements: readonly ComponentChild[]): ComponentChild {
  const parts = message.split(/\{(\d+)\}/);
  // Every second part is the number of a placeholder.
  return parts.map((part, i) => <Fragment key={i}>{i % 2 === 0 ? part : elements[Number(part)]}</Fragment>);
}
