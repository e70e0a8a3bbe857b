import { translations } from '../../model/translations';
import { digest } from './digest';

/**
 * The version that cached sketches are stored under, given the digest of the code that computes them. Sketches contain
 * texts (why a method does not apply), so each display language has a version.
 */
export function cacheVersion(sourcesDigest: string): string {
  const texts = translations();
  return texts === undefined ? sourcesDigest : digest(`${sourcesDigest}${JSON.stringify(texts)}`);
}
