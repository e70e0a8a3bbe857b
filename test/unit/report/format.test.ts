import assert from 'node:assert/strict';
import * as v from 'valibot';
import { DEFAULT_OPTIONS, METHODS, type Method, type ShiftMetrics } from '../../../src/model/analysis';
import { formatReport } from '../../../src/report/format';
import type { Report, ReportMethod } from '../../../src/report/report';
import { reportOf, torchRun } from './reports';
import { REPORT_SCHEMA } from './schema';

/** Names that break careless writers of CSV and Markdown. */
const AWKWARD = 'enc|0, "q" ``k``\r\nnorm';

const SHIFT: ShiftMetrics = {
  w1: 0.25,
  w1Location: 0.125,
  w1Scale: 0.0625,
  w1Shape: 0.5,
  ks: 0.75,
  js: 0.375,
  meanShift: -0.125,
  logStdRatio: Number.NaN,
  channelFrechet: 2,
  noiseFloor: { w1: 0.01, ks: 0.02, js: 0.03 },
};

/** One layer, one step: figures for every method, but `instance` undefined. */
function awkwardReport(): Report {
  const of = (method: Method): ReportMethod =>
    method === 'instance'
      ? { undefined: 'Undefined: one | "spatial", element' }
      : {
          mean: 1 / 3,
          variance: 1e30,
          min: Number.NEGATIVE_INFINITY,
          max: 1e21,
          percentiles: { '0.5': -1, '50': Number.NaN },
          shift: { reference: 0, ...SHIFT },
        };
  return {
    schema: 'normscope-report/1',
    run: { name: 'my `run`', roots: ['file:///runs/a|b'] },
    options: { ...DEFAULT_OPTIONS, percentiles: [0.5, 50] },
    verdict: { severity: 'none', sentence: 'Nothing unusual in one layer at step 7', causes: 0 },
    findings: [],
    problems: [
      { code: 'truncated', path: 'file:///runs/a|b/x.npz', tensor: 'w|1', message: 'Two\nlines.' },
      { code: 'truncated', path: 'file:///runs/a|b/y.npy', tensor: '', message: 'Cut off.' },
    ],
    layers: [
      {
        name: AWKWARD,
        fullName: AWKWARD,
        layout: 'NC',
        layoutGuessed: true,
        dtype: 'float32',
        steps: [
          {
            step: 7,
            phase: 'train|"a", b',
            rank: 3,
            shape: [2, 3],
            dtype: 'float32',
            count: 6,
            nan: 1,
            posInf: 2,
            negInf: 0,
            zeros: 3,
            epsilon: 1e-5,
            groups: 1,
            layerScope: 'example',
            methods: Object.fromEntries(
              METHODS.map((method) => [method, of(method)]),
            ) as Report['layers'][0]['steps'][0]['methods'],
          },
        ],
      },
    ],
  };
}

/** Rows of fields, by the grammar of RFC 4180, section 2; throws on anything outside it. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const match = field.exec(text);
    assert.ok(match !== null, `not CSV at ${at}: ${text.slice(at, at + 40)}`);
    rows.at(-1)!.push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (match[3] === '\r\n') rows.push([]);
  }
  assert.deepEqual(rows.pop(), [], 'the last row ends in a line break');
  return rows;
}

/** Rows of cells of the tables in a Markdown text, escapes undone [GitHub Flavored Markdown, tables]. */
function readTables(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}

function named(fullName: string): Report {
  const report = awkwardReport();
  return { ...report, layers: report.layers.map((layer) => ({ ...layer, fullName })) };
}

describe('report formats', () => {
  const runs: readonly (readonly string[])[] = [
    ['npz'],
    ['npz', '--statistics', '--reference', 'previous', '--groups', '2', '--eps', '1e-3'],
    ['safetensors', '--statistics', '--layer-scope', 'position', '--layout', 'fc=CN'],
    ['hard', '--statistics', '--percentiles', '0.5,50'],
  ];
  for (const [run, ...flags] of runs) {
    it(`JSON of ${run} ${flags.join(' ')} is normscope-report/1`, async () => {
      const report = await reportOf(torchRun(run), ...flags);
      const json: unknown = JSON.parse(formatReport(report, 'json'));
      const checked = v.safeParse(REPORT_SCHEMA, json);
      assert.ok(
        checked.success,
        JSON.stringify(checked.issues?.map((issue) => [v.getDotPath(issue), issue.message])),
      );
      const { layers, options } = checked.output;
      assert.ok(layers.length > 0 && layers.every(({ steps }) => steps.length > 1));
      for (const { steps } of layers) {
        for (const { methods } of steps) {
          for (const [method, each] of Object.entries(methods)) {
            if ('undefined' in each) continue;
            assert.deepEqual(Object.keys(each.percentiles).sort(), options.percentiles.map(String).sort());
            assert.equal(
              each.units !== undefined,
              flags.includes('--statistics') && method !== 'none',
              method,
            );
            assert.ok(each.shift !== undefined);
          }
        }
      }
    });
  }

  it('the arguments match the options in the report', async () => {
    const flags = ['--groups', '2', '--eps', '1e-3', '--layer-scope', 'position', '--layout', 'fc=CN'];
    const { options, layers } = await reportOf(torchRun('npz'), ...flags, '--reference', 'previous');
    assert.deepEqual(options, {
      epsilon: 1e-3,
      groups: 2,
      layerScope: 'position',
      percentiles: [15, 50, 85],
      reference: 'previous',
      layouts: { fc: 'CN' },
    });
    for (const { name, layout, layoutGuessed, steps } of layers) {
      if (name === 'fc') assert.deepEqual([layout, layoutGuessed], ['CN', false]);
      else assert.equal(layoutGuessed, true);
      const options = steps.map(({ epsilon, groups, layerScope }) => [epsilon, groups, layerScope]);
      assert.deepEqual(options, new Array(3).fill([1e-3, 2, 'position']));
      const references = steps.map(({ methods }) => 'shift' in methods.none && methods.none.shift?.reference);
      assert.deepEqual(references, [0, 0, 50]);
    }
  });

  it('a reference step in the middle is used for all steps', async () => {
    const { layers } = await reportOf(torchRun('npz'), '--reference', '50');
    for (const { steps } of layers) {
      const shifts = steps.map(({ methods }) => 'shift' in methods.none && methods.none.shift);
      assert.deepEqual(
        shifts.map((shift) => shift && [shift.reference, shift.w1 === 0]),
        [
          [50, false],
          [50, true],
          [50, false],
        ],
      );
    }
  });

  it('JSON has null instead of NaN, and ends in a line break', () => {
    const text = formatReport(awkwardReport(), 'json');
    assert.ok(text.endsWith('}\n'));
    const { none } = JSON.parse(text).layers[0].steps[0].methods;
    assert.deepEqual([none.min, none.percentiles['50'], none.shift.logStdRatio], [null, null, null]);
  });

  it('CSV: a row a method, quotes and commas and line breaks inside fields, blanks for what is not a number', () => {
    const [header, ...rows] = readCsv(formatReport(awkwardReport(), 'csv'));
    assert.equal(rows.length, METHODS.length);
    for (const row of rows) assert.equal(row.length, header.length);
    const [none] = rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i]])));
    assert.deepEqual(none, {
      layer: AWKWARD,
      layout: 'NC',
      dtype: 'float32',
      step: '7',
      phase: 'train|"a", b',
      rank: '3',
      call: '',
      shape: '2x3',
      count: '6',
      nan: '1',
      posInf: '2',
      negInf: '0',
      zeros: '3',
      method: 'none',
      undefined: '',
      mean: String(1 / 3),
      variance: '1e+30',
      min: '',
      max: '1e+21',
      'p0.5': '-1',
      p50: '',
      reference: '0',
      w1: '0.25',
      w1Location: '0.125',
      w1Scale: '0.0625',
      w1Shape: '0.5',
      ks: '0.75',
      js: '0.375',
      meanShift: '-0.125',
      logStdRatio: '',
      channelFrechet: '2',
      noiseFloorW1: '0.01',
      noiseFloorKs: '0.02',
      noiseFloorJs: '0.03',
      summarized: '',
      storedFrom: '',
      storageError: '',
      overflowed: '',
    });
    const instance = rows[METHODS.indexOf('instance')];
    const why = header.indexOf('undefined');
    assert.equal(instance[why], 'Undefined: one | "spatial", element');
    assert.ok(instance.slice(why + 1).every((each) => each === ''));
  });

  it('a layer with histograms only says so in every format', () => {
    const reason = 'Only histograms | are left.';
    const report = awkwardReport();
    const [layer] = report.layers;
    const summarized = {
      ...report,
      layers: [{ ...layer, layout: '', dtype: 'unknown' as const, summarized: reason }],
    };
    assert.equal(JSON.parse(formatReport(summarized, 'json')).layers[0].summarized, reason);
    const [header, ...rows] = readCsv(formatReport(summarized, 'csv'));
    assert.deepEqual(
      rows.map((row) => row[header.indexOf('summarized')]),
      METHODS.map(() => reason),
    );
    assert.match(formatReport(summarized, 'md'), /^Histograms\. Only histograms \\\| are left\.$/mu);
  });

  it('CSV: a name that a spreadsheet would compute is text, and control characters are seen', () => {
    for (const [name, field] of [
      ['=HYPERLINK("http://a","b")', `'=HYPERLINK("http://a","b")`],
      ['+1', "'+1"],
      ['-1+cmd|calc', "'-1+cmd|calc"],
      ['@SUM(1)', "'@SUM(1)"],
      ['a\u0000b\u001b[31m', 'a\\u0000b\\u001b[31m'],
      ['a=b-c+d@e', 'a=b-c+d@e'],
    ]) {
      const [header, ...rows] = readCsv(formatReport(named(name), 'csv'));
      for (const row of rows) assert.equal(row[header.indexOf('layer')], field);
    }
  });

  it('Markdown: texts from a file are shown, not interpreted', () => {
    const message = 'See [this](command:quit) <img src=x> ![a](https://a/b.png) \u202eabc\u001b[2J.';
    const report: Report = {
      ...named('\u202eabc\u0007'),
      problems: [{ code: 'malformed', path: 'file:///runs/a', message }],
    };
    const text = formatReport(report, 'md');
    assert.match(text, /^## `\\u202eabc\\u0007`$/mu);
    assert.ok(
      text.includes(
        'See \\[this\\](command\\:quit) \\<img src=x\\> !\\[a\\](https\\://a/b.png) \\\\u202eabc\\\\u001b\\[2J.',
      ),
      text.slice(0, 500),
    );
  });

  it('Markdown: every row of a table has the cells of its header, pipes in them included', () => {
    const text = formatReport(awkwardReport(), 'md');
    const [header, rule, ...rows] = readTables(text);
    assert.deepEqual(header.slice(0, 6), ['step', 'method', 'mean', 'variance', 'p0.5', 'p50']);
    assert.ok(rule.every((cell) => cell === '---'));
    assert.equal(rows.length, METHODS.length);
    for (const row of [rule, ...rows]) assert.equal(row.length, header.length, row.join());
    assert.deepEqual(rows[0], [
      ...['7 (train|"a", b · rank 3)', 'none', '0.33333', '1e+30', '-1', '–'],
      ...['0.25', '0.01', '0.75', '-0.125', '–'],
    ]);
    assert.equal(rows[METHODS.indexOf('instance')][2], 'Undefined: one | "spatial", element');
  });

  it('Markdown: values that differ by their deviation are not rounded to the same', async () => {
    const rows = readTables(formatReport(await reportOf(torchRun('hard')), 'md'));
    const [, method, mean, variance, p15, p50, p85] = rows[2];
    assert.equal(method, 'none');
    // 1e4 ± 1e-2.
    assert.ok(Number(p15) < Number(mean) && Number(p50) < Number(p85), rows[2].join());
    assert.ok(Math.abs((Number(p85) - Number(p15)) / 2 / Math.sqrt(Number(variance)) - 1) < 0.2);
  });

  it('Markdown: names are shown as they are, and nothing breaks out of its line', () => {
    const lines = formatReport(awkwardReport(), 'md').split('\n');
    assert.deepEqual(
      lines.filter((line) => /^[#-]/.test(line)),
      [
        '# Normscope report: `` my `run` ``',
        '## Problems',
        '- `file:///runs/a|b/x.npz` `w|1`: Two lines.',
        '- `file:///runs/a|b/y.npy`: Cut off.',
        '## Findings',
        '## ``` enc|0, "q" ``k`` norm ```',
      ],
    );
  });
});
