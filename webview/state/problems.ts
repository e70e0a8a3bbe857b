import { unrecognizedProblems } from '../../src/model/catalog';
import type { Problem } from '../../src/model/problem';
import type { AppState } from './store';

/** Everything that failed: calls to the host, problems of the run, and files that are not part of it. */
export function problemsOf({ data, failures }: Pick<AppState, 'data' | 'failures'>): readonly Problem[] {
  return [
    ...failures,
    ...(data?.problems ?? []),
    ...(data?.catalog === undefined ? [] : unrecognizedProblems(data.catalog)),
  ];
}
