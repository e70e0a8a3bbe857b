import { webcrypto } from 'node:crypto';

/** Random bytes from the system. (Before Node 19 `crypto` is not a global.) */
export function randomBytes(count: number): Uint8Array {
  return webcrypto.getRandomValues(new Uint8Array(count));
}
