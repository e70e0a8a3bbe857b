import { REST } from './pacing';

/** Calls back once a person has looked at the same for a moment. Call the result to cancel. */
export function afterRest(act: () => void): () => void {
  const timer = setTimeout(act, REST);
  return () => clearTimeout(timer);
}
