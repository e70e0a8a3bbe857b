import type { SessionChange } from '../../../../src/host/session/changeFeed';
import { Session } from '../../../../src/host/session/session';
import { type AnalysisOptions, DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { RunCatalog } from '../../../../src/model/catalog';
import type { Problem } from '../../../../src/model/problem';
import { runKey } from '../../../../src/model/runKey';
import { catalogOf } from '../../model/samples';
import { type FakeKernel, fakeKernel, settled, type WaitingCall } from '../kernel/fakeKernel';

export const RUN = ['file:///run'];
export const OTHER = ['file:///other'];

/** Records 0–2 of layer a, 3–5 of layer b. */
export const OWN = catalogOf(['a', 'b'], [0, 10, 20]);
/** Records 0–1 of layer b, 2–3 of layer a, at fewer steps. */
export const THERE: RunCatalog = { ...catalogOf(['b', 'a'], [0, 10]), name: 'other' };

export interface ComparedSessions {
  readonly kernel: FakeKernel;
  readonly session: Session;
  /** The sessions that were opened to compare with, by their keys. */
  readonly others: ReadonlyMap<string, Session>;
  readonly changes: SessionChange[];
  readonly reported: Problem[];
  /** The last call of a procedure for a run. */
  last(method: string, roots: readonly string[]): WaitingCall | undefined;
}

/** A session of {@link RUN} that is compared with {@link OTHER}; nothing is listed yet. */
export function comparedSessions(changed: Partial<AnalysisOptions> = {}): ComparedSessions {
  const kernel = fakeKernel();
  const others = new Map<string, Session>();
  const reported: Problem[] = [];
  const create = (roots: readonly string[], options: AnalysisOptions): Session => {
    const session = new Session(roots, roots[0].slice('file:///'.length), {
      kernel: kernel.link,
      options,
      remember: () => {},
      report: (problems) => reported.push(...problems),
      openOther: (each) => {
        const known = others.get(runKey(each));
        if (known !== undefined) return known;
        const other = create(each, DEFAULT_OPTIONS);
        others.set(other.key, other);
        void other.open();
        return other;
      },
      othersChanged: () => {},
    });
    return session;
  };
  const session = create(RUN, { ...DEFAULT_OPTIONS, reference: { roots: OTHER }, ...changed });
  const changes: SessionChange[] = [];
  session.onChange((change) => changes.push(change));
  void session.open();
  const last = (method: string, roots: readonly string[]) =>
    kernel
      .of(method)
      .filter(({ params }) => (params as { run: string }).run === runKey(roots))
      .at(-1);
  return { kernel, session, others, changes, reported, last };
}

/** Sessions whose runs are both listed. */
export async function listedSessions(
  changed: Partial<AnalysisOptions> = {},
  [own, there] = [OWN, THERE],
): Promise<ComparedSessions> {
  const under = comparedSessions(changed);
  under.last('openRun', RUN)?.resolve(own);
  under.last('openRun', OTHER)?.resolve(there);
  await settled();
  return under;
}
