/** One remote call: what goes in, what comes back, and what is told on the way. Types only, never a value. */
export interface Procedure<Params, Result, Progress> {
  readonly params: Params;
  readonly result: Result;
  readonly progress: Progress;
}
