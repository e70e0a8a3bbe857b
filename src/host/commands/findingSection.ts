/**
 * The section of a page of documentation that defines a kind of finding, with its heading; undefined if the page does not
 * name the kind. Headings of the page have two number signs.
 */
export function findingSection(page: string, kind: string): string | undefined {
  return page.split(/^(?=## )/mu).find((section) => section.includes(`Kind \`${kind}\``));
}
