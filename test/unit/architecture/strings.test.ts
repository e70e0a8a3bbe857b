import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { SyntaxNode } from 'web-tree-sitter';
import { messageOf, sourceFiles, sourceParser, translationCalls } from '../../../media/l10n/sources.mjs';
import { ENGLISH, earlyTexts, hardCodedTexts, misnumberedTexts } from '../../strings/hardCoded.mjs';
import { pythonTexts } from '../../strings/pythonTexts.mjs';

describe('architecture: strings', () => {
  let parse: (file: string, text?: string) => SyntaxNode;
  let sources: Map<string, SyntaxNode>;

  before(async () => {
    parse = await sourceParser();
    sources = new Map(sourceFiles().map((file) => [file, parse(file)]));
  });

  /** What a check finds in all sources, by file. */
  const found = (check: (root: SyntaxNode) => string[]) =>
    [...sources].flatMap(([file, root]) => check(root).map((text) => `${file}: ${text}`));

  it('finds many messages, each a literal', () => {
    const messages = [...sources.values()].flatMap((root) => translationCalls(root).map(messageOf));
    assert.ok(messages.length > 300);
  });

  it('are all translated if people read them', () => {
    const texts = found(hardCodedTexts).filter((text) => !(text.split(':', 1)[0] in ENGLISH));
    assert.deepEqual(texts, []);
  });

  it('are not translated before the language is known', () => {
    assert.deepEqual(found(earlyTexts), []);
  });

  it('number their placeholders from 0, one for each value', () => {
    assert.deepEqual(found(misnumberedTexts), []);
  });

  it('names no file as English that does not exist', () => {
    assert.deepEqual(
      Object.keys(ENGLISH).filter((file) => !sources.has(file)),
      [],
    );
  });

  it('come from package.nls.json in package.json', () => {
    const manifest = readFileSync('package.json', 'utf8');
    const texts: Record<string, string> = JSON.parse(readFileSync('package.nls.json', 'utf8'));
    const used = new Set([...manifest.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key));
    assert.deepEqual([...used].sort(), Object.keys(texts).sort());
  });
});

describe('architecture: how strings are found', () => {
  let parse: (file: string, text?: string) => SyntaxNode;

  before(async () => {
    parse = await sourceParser();
  });

  const T = "import { t } from '@vscode/l10n';\n";

  it('reads messages from every kind of literal, with escapes', () => {
    const root = parse(
      'a.tsx',
      `${T}const a = (n: number) => <b title={t('It\\'s \\u03b3 {0}', n)}>{t("x")}</b>;`,
    );
    assert.deepEqual(translationCalls(root).map(messageOf), ["It's γ {0}", 'x']);
  });

  it('refuses a message that is computed', () => {
    const root = parse('a.ts', `${T}export const a = (b: boolean) => t(b ? 'One' : 'Two');`);
    assert.throws(() => translationCalls(root).map(messageOf), /not a literal/);
  });

  it('finds what is hard-coded: several words anywhere, one word where people read', () => {
    const root = parse(
      'a.tsx',
      `${T}
        throw problemError('malformed', path, \`The file has \${n} bytes.\`);
        const b = <i aria-label="Layers" class="tab is-open">Steps<b>{n === 1 ? 'step' : t('steps')}</b></i>;
        const c = t('{0} of {1}', \`no part\`, n);
        if (kind === 'computing it') throw new TypeError('Not a defect of data.');
        const d = { label: 'Open', value: 'open', description: kind === 'done' ? \`\${n} s\` : '' };`,
    );
    assert.deepEqual(hardCodedTexts(root), [
      'The file has … bytes.',
      'Layers',
      'Steps',
      'step',
      'no part',
      'computing it',
      'Open',
    ]);
  });

  it('finds what is translated while a module is loaded', () => {
    const root = parse(
      'a.ts',
      `${T}const a = [t('One')];\nconst b = () => t('Two');\nfunction c() { t('Three'); }`,
    );
    assert.deepEqual(earlyTexts(root), ['One']);
  });

  it('finds placeholders without a value, and values without a placeholder', () => {
    const root = parse(
      'a.ts',
      `${T}const a = () => [t('{0} of {1}', n), t('One', n), t('{1}', n), t('{0}', n)];`,
    );
    assert.deepEqual(misnumberedTexts(root), ['{0} of {1}', 'One', '{1}']);
  });

  it('reads literals of Python, joined, without docstrings and comments', () => {
    const source = [
      'def f():',
      '    """A docstring of words."""',
      '    # a comment "with a literal"',
      "    warn(f'{path} exists already '",
      "         'and is kept.')",
      "    key = 'layer'",
    ].join('\n');
    assert.deepEqual(pythonTexts(source), ['{path} exists already and is kept.']);
  });
});
