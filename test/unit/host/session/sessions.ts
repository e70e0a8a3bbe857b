import assert from 'node:assert/strict';
import type { SessionChange } from '../../../../src/host/session/changeFeed';
import { Session } from '../../../../src/host/session/session';
import { type AnalysisOptions, DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { Problem } from '../../../../src/model/problem';
import type { AnalyseRequest } from '../../../../src/protocol/kernelApi';
import { catalogOf, shiftOf, summaryOf } from '../../model/samples';
import { type FakeKernel, fakeKernel, settled, type WaitingCall } from '../kernel/fakeKernel';

/** Records 0–1 are of layer a, 2–3 of layer b. */
export const CATALOG = catalogOf(['a', 'b'], [0, 10]);
export const ROOTS = ['file:///run'];
export const PROBLEM: Problem = { code: 'truncated', path: 'file:///run/a.npy', message: 'Cut off.' };
export const DEATH = 'The kernel worker ended with code 1.';

export interface SessionUnderTest {
  readonly session: Session;
  readonly kernel: FakeKernel;
  readonly changes: SessionChange[];
  readonly reported: Problem[];
  readonly remembered: AnalysisOptions[];
}

export function newSession(): SessionUnderTest {
  const kernel = fakeKernel();
  const reported: Problem[] = [];
  const remembered: AnalysisOptions[] = [];
  const session = new Session(ROOTS, 'run', {
    kernel: kernel.link,
    options: DEFAULT_OPTIONS,
    remember: (options) => remembered.push(options),
    report: (problems) => reported.push(...problems),
    openOther: () => assert.fail('The run is not compared with another.'),
    othersChanged: () => {},
  });
  const changes: SessionChange[] = [];
  session.onChange((change) => changes.push(change));
  return { session, kernel, changes, reported, remembered };
}

/** A session that has listed its run and is computing. */
export async function listed(catalog = CATALOG): Promise<SessionUnderTest> {
  const under = newSession();
  const opening = under.session.open();
  last(under, 'openRun').resolve(catalog);
  await opening;
  under.changes.length = 0;
  return under;
}

/** A session that has computed everything. */
export async function complete(): Promise<SessionUnderTest> {
  const under = await listed();
  const analysis = last(under, 'analyse');
  for (const { id, layer } of CATALOG.records) {
    tellSummary(analysis, id);
    tellShift(analysis, id, 2 * layer, id / 4);
  }
  analysis.resolve({ done: 4, failed: 0 });
  await settled();
  under.changes.length = 0;
  return under;
}

export function last({ kernel }: SessionUnderTest, method: string): WaitingCall {
  const call = kernel.of(method).at(-1);
  assert.ok(call, `${method} was called`);
  return call;
}

export function counts({ kernel }: SessionUnderTest): Record<string, number> {
  return Object.fromEntries(['openRun', 'analyse'].map((method) => [method, kernel.of(method).length]));
}

export function request(call: WaitingCall): AnalyseRequest {
  return call.params as AnalyseRequest;
}

export function tellSummary(call: WaitingCall, record: number) {
  call.progress({ kind: 'summary', summary: summaryOf(record) });
}
export function tellShift(call: WaitingCall, record: number, reference: number, w1: number) {
  call.progress({ kind: 'shift', shift: shiftOf(record, reference, w1) });
}
export function tellProblem(call: WaitingCall, record: number) {
  call.progress({ kind: 'problem', record, problem: PROBLEM });
}

/** Every change in short: its kind, or its records and the number of problems. */
export function inShort(changes: readonly SessionChange[]) {
  return changes.map((change) =>
    change.kind !== 'records'
      ? change.kind
      : { records: [...change.records], problems: change.problems.length },
  );
}
