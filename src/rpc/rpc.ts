/** One remote call: its parameters, result, and progress. Types only. */
export interface Procedure<Params, Result, Progress> {
  readonly params: Params;
  readonly result: Result;
  readonly progress: Progress;
}
