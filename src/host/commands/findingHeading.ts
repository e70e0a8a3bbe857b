/**
 * The id that VS Code and GitHub give to the heading under which a page of documentation defines a kind of finding:
 * lower case, without punctuation, `-` for spaces. Undefined where the page does not name the kind.
 */
export function headingOf(page: string, kind: string): string | undefined {
  const before = page.split(`Kind \`${kind}\``);
  const heading = before.length < 2 ? undefined : [...before[0].matchAll(/^#+ (.+)$/gmu)].at(-1)?.[1];
  return heading
    ?.toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/gu, '-');
}
