import assert from 'node:assert/strict';
import type { Report } from '../../../src/report/report';

/** What a script of test/fixtures says of a run that it wrote, by float64 NumPy. */
export interface ExpectedRun {
  readonly records: readonly {
    readonly layer: string;
    readonly step: number;
    readonly phase?: string;
    readonly rank?: number;
    readonly ranks?: readonly number[];
    readonly call?: number;
    readonly shape: readonly number[];
    readonly mean: number;
    readonly variance: number;
  }[];
  /** Parts of messages, by tensor. */
  readonly problems: Readonly<Record<string, string | readonly string[]>>;
  readonly remarks: readonly string[];
}

/** Asserts every record and its figures, and that the problems and remarks are these and no others. */
export function assertRun(report: Report, { records, problems, remarks }: ExpectedRun): void {
  const found = report.layers.flatMap(({ name, steps }) => steps.map((each) => ({ layer: name, ...each })));
  const keyOf = (
    each: Pick<ExpectedRun['records'][number], 'layer' | 'step' | 'phase' | 'rank' | 'ranks' | 'call'>,
  ) =>
    [each.layer, each.step, each.phase ?? '', each.rank ?? each.ranks?.join('+') ?? '', each.call ?? ''].join(
      ' | ',
    );
  assert.deepEqual(found.map(keyOf).sort(), records.map(keyOf).sort());
  for (const each of records) {
    const record = found.find((other) => keyOf(other) === keyOf(each));
    assert.ok(record !== undefined);
    const { none } = record.methods;
    assert.ok(!('undefined' in none));
    assert.deepEqual(record.shape, each.shape, keyOf(each));
    const tolerance = 1e-11 * Math.max(1, Math.abs(each.mean), each.variance);
    assert.ok(Math.abs(none.mean - each.mean) <= tolerance, `mean of ${keyOf(each)}: ${none.mean}`);
    assert.ok(Math.abs(none.variance - each.variance) <= tolerance, `variance of ${keyOf(each)}`);
  }
  const parts = Object.entries(problems).flatMap(([tensor, part]) =>
    [part].flat().map((text) => ({ tensor, text })),
  );
  assert.equal(report.problems.length, parts.length, JSON.stringify(report.problems));
  for (const { tensor, text } of parts)
    assert.ok(
      report.problems.some((problem) => (problem.tensor ?? '') === tensor && problem.message.includes(text)),
      `${tensor}: ${text} in ${JSON.stringify(report.problems)}`,
    );
  const said = report.run.remarks ?? [];
  assert.equal(said.length, remarks.length, said.join('\n'));
  for (const text of remarks)
    assert.ok(
      said.some((remark) => remark.includes(text)),
      text,
    );
}
