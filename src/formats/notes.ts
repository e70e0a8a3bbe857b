const NOTES = /^(?:meta|metadata|meta_data|info|header|attrs|context)$/i;

/** Returns whether a dict or group with this name describes the tensors next to it. */
export function isNotes(name: string): boolean {
  return NOTES.test(name);
}
