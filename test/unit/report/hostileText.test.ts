import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { DEFAULT_OPTIONS, METHODS } from '../../../src/model/analysis';
import { formatReport } from '../../../src/report/format';
import type { Report } from '../../../src/report/report';
import { visible } from '../../../src/report/visible';

/** What breaks out of careless Markdown or CSV, alone and in front of any text. */
const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '[a](command:workbench.action.quit)',
  '![a](https://example.com/x.png)',
  'https://example.com/a',
  'www.example.com',
  'mail@example.com',
  '<https://example.com>',
  '| a | b |',
  '\\| a',
  '\n\n# Heading\n\n',
  '- item',
  '1. item',
  '1) item',
  '> quote',
  '~~~js',
  '```js',
  '---',
  '===',
  '***bold***',
  '`code`',
  '``',
  ' ',
  '&lt;b&gt;',
  '$x$',
  '[^1]',
  '\u202e\u200b',
  '=HYPERLINK("https://example.com")',
  '\n=1+1',
  ' +1',
  '"=1',
  '\t@SUM(A1)',
  '\u200b-1',
  '\uff1d1+1',
  '__proto__',
];
const TEXT = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 12, unit: 'binary' })), {
    maxLength: 4,
  })
  .map((parts) => parts.join(''));

/** A report whose texts are all from a file. */
function reportOf(texts: readonly string[]): Report {
  let next = 0;
  const text = () => texts[next++ % texts.length];
  const figures = { mean: -1, variance: 1, min: -2, max: 2, percentiles: { '15': -1, '50': 0, '85': 1 } };
  return {
    schema: 'normscope-report/1',
    run: { name: text(), roots: [text()], remarks: [text()] },
    options: DEFAULT_OPTIONS,
    verdict: { severity: 'error', sentence: `Diverging in ${text()}`, causes: 1 },
    problems: [{ code: 'malformed', path: text(), tensor: text(), message: text() }],
    findings: [
      {
        ...{ kind: 'growth', severity: 'error', layers: [text()], title: text(), evidence: text() },
        ...{ why: text(), advice: text(), refute: text() },
      },
    ],
    layers: [
      {
        ...{ name: text(), fullName: text(), layout: 'NC', layoutGuessed: false, dtype: 'float32' },
        ...{ summarized: text(), storage: text() },
        steps: [
          {
            ...{ step: 0, phase: text(), shape: [2, 3], dtype: 'float32', count: 6 },
            ...{ nan: 0, posInf: 0, negInf: 0, zeros: 0, epsilon: 1e-5, groups: 1, layerScope: 'example' },
            methods: {
              ...{ none: figures, batch: figures, layer: figures, rms: figures },
              ...{ instance: { undefined: text() }, group: figures },
            },
          },
        ],
      },
    ],
  };
}

/** With everything that GitHub adds to CommonMark that turns text into something else. */
const MARKDOWN = new MarkdownIt({ html: true, linkify: true });
const ALLOWED = new Set([
  ...['heading_open', 'heading_close', 'paragraph_open', 'paragraph_close', 'inline', 'text', 'code_inline'],
  ...['bullet_list_open', 'bullet_list_close', 'list_item_open', 'list_item_close'],
  ...['strong_open', 'strong_close', 'text_special', 'softbreak'],
  ...['table', 'thead', 'tbody', 'tr', 'th', 'td'].flatMap((name) => [`${name}_open`, `${name}_close`]),
]);

/** What the Markdown says: its kinds of tokens, headings, cells in each row of tables, and text. */
function readMarkdown(markdown: string) {
  const tokens = MARKDOWN.parse(markdown, {});
  const all = tokens.flatMap((token) => [token, ...(token.children ?? [])]);
  const textOf = (index: number) => (tokens[index].children ?? []).map(({ content }) => content).join('');
  const rows: number[] = [];
  for (const { type } of tokens) {
    if (type === 'tr_open') rows.push(0);
    if (type === 'th_open' || type === 'td_open') rows[rows.length - 1]++;
  }
  return {
    kinds: new Set(all.map(({ type }) => type)),
    strong: all.filter(({ type }) => type === 'strong_open').length,
    headings: tokens.flatMap(({ type }, index) => (type === 'heading_open' ? [textOf(index + 1)] : [])),
    texts: tokens.flatMap(({ type }, index) => (type === 'inline' ? [textOf(index)] : [])),
    items: tokens.filter(({ type }) => type === 'list_item_open').length,
    rows,
  };
}

/** White space at the ends and in code spans is not content. */
const words = (text: string) => visible(text).replaceAll(/\s+/gu, ' ').trim();

describe('report: text from files', () => {
  it('is text in Markdown, in every position [CommonMark 0.31, GitHub Flavored Markdown]', () => {
    const plainly = readMarkdown(formatReport(reportOf(['text']), 'md'));
    fc.assert(
      fc.property(fc.array(TEXT, { minLength: 1, maxLength: 20 }), (texts) => {
        const report = reportOf(texts);
        const {
          kinds,
          headings,
          rows,
          items,
          strong,
          texts: found,
        } = readMarkdown(formatReport(report, 'md'));
        for (const kind of kinds) assert.ok(ALLOWED.has(kind), kind);
        assert.equal(headings.length, plainly.headings.length);
        assert.deepEqual([rows, items], [plainly.rows, plainly.items]);
        assert.ok(strong <= plainly.strong);
        const everything = found.map(words).join('\n');
        const { findings, layers, problems } = report;
        for (const text of [findings[0].advice, layers[0].fullName, problems[0].message])
          assert.ok(everything.includes(words(text)), JSON.stringify(text));
      }),
      { numRuns: 1000, examples: HOSTILE.map((text): [string[]] => [[text]]) },
    );
  });

  it('is one field in CSV, which no spreadsheet computes [RFC 4180]', () => {
    fc.assert(
      fc.property(fc.array(TEXT, { minLength: 1, maxLength: 20 }), (texts) => {
        const report = reportOf(texts);
        const [header, ...rows]: string[][] = parse(formatReport(report, 'csv'), {
          record_delimiter: '\r\n',
        });
        assert.equal(rows.length, METHODS.length);
        for (const row of rows) {
          assert.equal(row.length, header.length);
          for (const [i, field] of row.entries()) {
            const bare = field.replace(/^[\s"']+/u, '');
            const isNumber = field !== '' && Number.isFinite(Number(field));
            assert.ok(isNumber || field.startsWith("'") || !/^[=+\-@]/u.test(bare), `${header[i]}: ${field}`);
          }
        }
      }),
      { numRuns: 1000, examples: HOSTILE.map((text): [string[]] => [[text]]) },
    );
  });

  it('is itself in JSON', () => {
    fc.assert(
      fc.property(fc.array(TEXT, { minLength: 1, maxLength: 20 }), (texts) => {
        const report = reportOf(texts);
        assert.equal(formatReport(report, 'json'), `${JSON.stringify(report, null, 2)}\n`);
      }),
    );
  });
});
