import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where downloads and builds stay between runs and between clones: `$XDG_CACHE_HOME/normscope`. */
export function cacheFolder() {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'normscope');
}
