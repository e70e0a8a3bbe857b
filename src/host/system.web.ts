/** The operating system and browser, from the user agent. */
export function systemVersions(): { readonly system: string; readonly node?: string } {
  const system = /Windows|Mac OS|Android|Linux|CrOS|iPhone|iPad/.exec(navigator.userAgent)?.[0];
  const engine = /(?:Firefox|Edg|Chrome|Version)\/\d+/.exec(navigator.userAgent)?.[0];
  return { system: `${system ?? 'Unknown system'}, ${engine ?? 'unknown browser'}` };
}
