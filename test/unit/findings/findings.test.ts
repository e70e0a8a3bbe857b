import assert from 'node:assert/strict';
import { findingsOf } from '../../../src/findings/findings';
import { figure } from '../../../src/findings/input';
import type { RecordSummary } from '../../../src/model/analysis';
import type { RecordEntry, RunCatalog } from '../../../src/model/catalog';
import { formatReport } from '../../../src/report/format';
import type { ReportFinding } from '../../../src/report/report';
import { reportOf } from '../report/reports';

const inWords = ({ severity, title, step }: ReportFinding) => `${severity}: ${title} @ ${step}`;

describe('report: findings', () => {
  it('are quiet on the sample run: where to look first, and nothing else', async () => {
    const { findings } = await reportOf('media/sample');
    assert.deepEqual(findings.map(inWords), ['note: First clear shift: plain.fc2, step 40 (0.918 σ) @ 40']);
  });

  for (const run of ['right_conv_float32', 'right_transformer_bfloat16']) {
    it(`accuse no layer of ${run}`, async () => {
      const { findings } = await reportOf(`test/fixtures/normalization/${run}`);
      assert.deepEqual(findings.map(inWords), []);
    });
  }

  it('name each wrong layer, with figures and what to try, in JSON and Markdown', async () => {
    const report = await reportOf('test/fixtures/normalization/wrong_tokens_float32');
    assert.deepEqual(
      report.findings.map(inWords),
      ['over_positions', 'other_epsilon', 'without_mean', 'without_affine', 'nothing_known'].map(
        (layer) => `error: ${layer} does not do what it declares @ 0`,
      ),
    );
    const [first] = report.findings;
    assert.equal(first.layer, 'over_positions');
    assert.match(
      first.evidence,
      /the output is what .*, over axis 1 gives\. \d+ of 1280 elements differ .*, by up to \d/,
    );
    const markdown = formatReport(report, 'md');
    assert.ok(
      markdown.includes(
        '## Findings\n\n**over\\_positions does not do what it declares**\n\n- **error**: over\\_positions does not do what it declares. It',
      ),
    );
  });

  it('name the first NaN, and how many layers have some', async () => {
    const { findings } = await reportOf('test/fixtures/torch/hard');
    const [first] = findings.filter(({ kind }) => kind === 'non-finite');
    assert.match(inWords(first), /^error: NaN first in \w+ at step 0 @ 0$/);
    assert.match(first.evidence, /^\d+ NaN and \d+ infinite of \d+ values, the first at \[/);
  });

  it('write large figures with the exponent that the panel writes', () => {
    assert.deepEqual([0.123456, 12345, 3.0412e24, -1.5e-9].map(figure), [
      '0.123',
      '12300',
      '3.04e24',
      '-1.5e-9',
    ]);
  });

  it('name a rank that stops', async () => {
    const { findings } = await reportOf('test/fixtures/ranks/run');
    assert.deepEqual(findings.filter(({ kind }) => kind === 'ranks').map(inWords), [
      'warning: Rank 3 stops at step 10 @ 20',
    ]);
  });

  describe('dead channels', () => {
    const catalog = (steps: number): RunCatalog => ({
      roots: [],
      name: 'run',
      layers: [
        {
          id: 0,
          name: 'relu',
          fullName: 'relu',
          layout: 'NC',
          layoutGuessed: false,
          dtype: 'float32',
          shape: [64, 8],
          steps: Array.from({ length: steps }, (_, i) => i * 10),
        },
      ],
      steps: Array.from({ length: steps }, (_, i) => i * 10),
      variants: [{}],
      records: Array.from(
        { length: steps },
        (_, i): RecordEntry => ({
          id: i,
          layer: 0,
          step: i * 10,
          variant: 0,
          shape: [64, 8],
          dtype: 'float32',
          file: 'file:///a',
          tensor: 'relu',
        }),
      ),
      problems: [],
      unrecognized: [],
    });
    const found = (zeroAt: readonly (readonly number[])[], constant: readonly number[] = []) =>
      findingsOf({
        catalog: catalog(zeroAt.length),
        summaries: new Map(
          zeroAt.map((zero, record) => [
            record,
            {
              record,
              channelHealth: { channels: 8, zero, constant, collapsed: 0 },
            } as unknown as RecordSummary,
          ]),
        ),
        shifts: new Map(),
        checks: new Map(),
        isComplete: true,
      }).map(({ title, step, evidence }) => [title, step, evidence]);

    it('are those of the last steps, since when they died', () => {
      assert.deepEqual(found([[3], [], [1, 2], [2, 5, 1], [5, 2, 1]]), [
        [
          '3 of 8 channels of relu are dead since step 20',
          20,
          'Zero in every sample up to the last step, the first since step 20: channel 1, 2, 5 of relu.',
        ],
      ]);
    });

    it('are none where the last two steps do not agree', () => {
      assert.deepEqual(found([[1], [1], [2]]), []);
    });

    it('need no second step where there is one', () => {
      assert.deepEqual(found([[1]], [4]), [
        [
          '2 of 8 channels of relu are dead since step 0',
          0,
          'The same value in every sample up to the last step, the first since step 0: channel 1, 4 of relu.',
        ],
      ]);
    });
  });
});
