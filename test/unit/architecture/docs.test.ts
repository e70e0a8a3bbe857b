import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { DUMP_SUFFIXES } from '../../../src/formats/dumpSuffixes';
import type { Finding } from '../../../src/model/findings';
import { QUANTITIES, quantityOf } from '../../../src/model/mapQuantities';
import { USAGE } from '../../../src/report/arguments';
import { filesBelow } from './imports';

const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...filesBelow('docs', /\.md$/)];
const WALKTHROUGH = filesBelow('media/walkthrough', /\.md$/);
const TEXTS = new Map([...PAGES, ...WALKTHROUGH].map((page) => [page, readFileSync(page, 'utf8')]));

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const titles = JSON.parse(readFileSync('package.nls.json', 'utf8'));

/** Compiles only while every kind is named. */
const FINDINGS: Readonly<Record<Finding['kind'], true>> = {
  declared: true,
  formula: true,
  'non-finite': true,
  growth: true,
  depth: true,
  signal: true,
  'input-scale': true,
  saturation: true,
  'dead-channels': true,
  collapsed: true,
  massive: true,
  'small-units': true,
  'small-batch': true,
  'running-statistics': true,
  mode: true,
  ranks: true,
  'rank-data': true,
  'rank-parameters': true,
  'number-format': true,
  'channel-axis': true,
  'recorded-twice': true,
  'moved-first': true,
  'flat-reference': true,
  'runs-part': true,
  'in-part': true,
};

/** A page without its blocks of code. */
const prose = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '');

/** The ids that GitHub gives to headings: lower case, without punctuation, `-` for spaces. */
const headingIds = (text: string) =>
  [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );

/** All matches of a pattern's first group in all pages, with the page. */
function found(pattern: RegExp): { page: string; text: string }[] {
  return [...TEXTS].flatMap(([page, content]) =>
    [...content.matchAll(pattern)].map((match) => ({ page, text: match[1] })),
  );
}

/** The code-style texts in the first column of the tables on a page. */
function firstColumn(page: string): string[] {
  return [...(TEXTS.get(page) ?? '').matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]);
}

describe('documentation', () => {
  it('links only to files and headings that exist', () => {
    const links = [...TEXTS].flatMap(([page, content]) =>
      [...prose(content).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => ({ page, link: match[1] })),
    );
    const relative = links.filter(({ link }) => !link.startsWith('https://'));
    assert.ok(relative.length > 30);
    const broken = relative.filter(({ page, link }) => {
      const [path, heading] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(target)) return true;
      return heading !== undefined && !headingIds(readFileSync(target, 'utf8')).includes(heading);
    });
    assert.deepEqual(broken, []);
  });

  it('links from README to every page', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      for (const [, link] of (TEXTS.get(page) ?? '').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
        const target = join(dirname(page), link);
        if (TEXTS.has(target)) reached.add(target);
      }
    }
    assert.deepEqual(
      PAGES.filter((page) => !reached.has(page) && page !== 'CHANGELOG.md'),
      [],
    );
  });

  it('names only commands of the command palette', () => {
    const commands: { title: string; category: string }[] = manifest.contributes.commands;
    const known = commands.map(
      ({ title, category }) => `${category}: ${titles[title.slice(1, -1)] ?? title}`,
    );
    const named = found(/\*\*(Normscope: [^*]+)\*\*/g);
    assert.ok(named.length > 10);
    assert.deepEqual(
      named.filter(({ text }) => !known.includes(text)),
      [],
    );
  });

  it('names only npm scripts that exist', () => {
    const named = found(/\bnpm run (?:--silent )?([\w:-]+)/g);
    assert.ok(named.length > 10);
    assert.deepEqual(
      named.filter(({ text }) => !(text in manifest.scripts)),
      [],
    );
  });

  it('names only launch configurations that exist', () => {
    const known = JSON.parse(readFileSync('.vscode/launch.json', 'utf8')).configurations.map(
      ({ name }: { name: string }) => name,
    );
    const named = found(/\*([^*]+ \((?:Node|web) host\))\*/g);
    assert.ok(named.length > 0);
    assert.deepEqual(
      named.filter(({ text }) => !known.includes(text)),
      [],
    );
  });

  it('names only files and folders of the project that exist', () => {
    const named = found(/`((?:src|webview|test|media|docs)\/[\w./-]+)`/g);
    assert.ok(named.length > 30);
    assert.deepEqual(
      named.filter(({ text }) => !text.includes('NAME') && !existsSync(text)),
      [],
    );
  });

  it('has every quantity of the map with its definition', () => {
    const rows = QUANTITIES.map(quantityOf).map(({ name, definition }) =>
      `| ${name()} | ${definition()} |`.replace(/\|x\|/g, '\\|x\\|'),
    );
    const page = TEXTS.get('docs/panel.md') ?? '';
    assert.deepEqual(
      rows.filter((row) => !page.includes(row)),
      [],
    );
  });

  it('has every setting, and only those', () => {
    const settings = Object.keys(manifest.contributes.configuration.properties);
    const documented = firstColumn('docs/panel.md').filter((cell) => cell.startsWith('normscope.'));
    assert.deepEqual(documented.sort(), settings.sort());
    const named = found(/`(normscope\.\w+)`/g).filter(({ text }) => !/\.(?:json|py|run)$/.test(text));
    assert.deepEqual(
      named.filter(({ text }) => !settings.includes(text)),
      [],
    );
  });

  it('has every option of the report, and only those', () => {
    const documented = firstColumn('docs/report.md').flatMap((cell) => /^--[\w-]+/.exec(cell) ?? []);
    assert.deepEqual(
      documented.sort(),
      [...USAGE.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, name]) => name).sort(),
    );
  });

  it('has every option of the recorder', () => {
    const recorder = readFileSync('media/recorder/normscope.py', 'utf8');
    const signature = /def __init__\([^)]*?\*,([\s\S]*?)\) -> None:/.exec(recorder)?.[1] ?? '';
    const options = [...signature.matchAll(/^ {8}(\w+):/gm)].map(([, name]) => name);
    assert.ok(options.includes('probe'));
    const documented = firstColumn('docs/recorder.md').filter((cell) => /^[a-z_]+$/.test(cell));
    assert.deepEqual(
      documented.filter((name) => options.includes(name)),
      options,
    );
  });

  it('has every suffix of dump files', () => {
    const formats = TEXTS.get('docs/formats.md') ?? '';
    assert.deepEqual(
      // Event files are recognized by name instead of suffix.
      DUMP_SUFFIXES.filter((suffix) => suffix !== '.tfevents' && !formats.includes(`\`${suffix}\``)),
      [],
    );
  });

  it('has every key of normscope.json', () => {
    const schema = JSON.parse(readFileSync('media/normscope.schema.json', 'utf8'));
    const keys = [
      ...Object.keys(schema.properties),
      ...Object.keys(schema.definitions.layer.properties),
    ].filter((key) => key !== '$schema');
    const rows = (TEXTS.get('docs/formats.md') ?? '').match(/^\|.*\|$/gm)?.join('\n') ?? '';
    assert.deepEqual(
      keys.filter((key) => !rows.includes(`\`${key}\``)),
      [],
    );
  });

  it('has every kind of finding, and only those', () => {
    const documented = [...(TEXTS.get('docs/findings.md') ?? '').matchAll(/Kind `([^`]+)`/g)].map(
      ([, kind]) => kind,
    );
    assert.deepEqual(documented, Object.keys(FINDINGS));
  });
});
