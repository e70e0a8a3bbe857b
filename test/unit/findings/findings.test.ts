import assert from 'node:assert/strict';
import { figure } from '../../../src/findings/input';
import { formatReport } from '../../../src/report/format';
import type { ReportFinding } from '../../../src/report/report';
import { reportOf } from '../report/reports';

const inWords = ({ severity, title, step }: ReportFinding) => `${severity}: ${title} @ ${step}`;

describe('report: findings', () => {
  for (const run of ['right_conv_float32', 'right_transformer_bfloat16']) {
    it(`report no declaration mismatch in ${run}`, async () => {
      const { findings } = await reportOf(`test/fixtures/normalization/${run}`);
      assert.deepEqual(findings.map(inWords), []);
    });
  }

  it('name each wrong layer with numbers and advice, in JSON and Markdown', async () => {
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

  it('name the first NaN and the number of affected layers', async () => {
    const { findings } = await reportOf('test/fixtures/torch/hard');
    const [first] = findings.filter(({ kind }) => kind === 'non-finite');
    assert.match(inWords(first), /^error: NaN first in \w+ at step 0 @ 0$/);
    assert.match(first.evidence, /^\d+ NaN and \d+ infinite of \d+ values, the first at \[/);
  });

  it('format large numbers with the same exponent as the panel', () => {
    assert.deepEqual([0.123456, 12345, 3.0412e24, -1.5e-9].map(figure), [
      '0.123',
      '12300',
      '3.04e24',
      '-1.5e-9',
    ]);
  });

  it('name a rank that stops early', async () => {
    const { findings } = await reportOf('test/fixtures/ranks/run');
    assert.deepEqual(findings.filter(({ kind }) => kind === 'ranks').map(inWords), [
      'warning: Rank 3 stops at step 10 @ 20',
    ]);
  });
});
