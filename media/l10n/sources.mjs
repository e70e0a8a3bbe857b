import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import esbuild from 'esbuild';
import Parser from 'web-tree-sitter';

/** @typedef {import('web-tree-sitter').SyntaxNode} SyntaxNode */

/** Folders whose texts are translated. */
const FOLDERS = ['src', 'webview'];

/** The grammar of l10n-dev also reads plain JavaScript, which is what is left without types. */
const GRAMMAR = 'node_modules/@vscode/l10n-dev/dist/tree-sitter-typescript.wasm';

/**
 * The source files of all bundles.
 *
 * @returns {string[]} paths from the checkout
 */
export function sourceFiles() {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts') && !name.includes('assembly'))
      .map((name) => join(folder, name)),
  ).sort();
}

/**
 * A parser of source files. Types and JSX are compiled away first: the text of an element is then an argument like any
 * other, and the grammar need not know the newest syntax of types.
 *
 * @returns {Promise<(file: string, text?: string) => SyntaxNode>} throws for a file that the grammar does not know
 */
export async function sourceParser() {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Parser.Language.load(GRAMMAR));
  return (file, text = readFileSync(file, 'utf8')) => {
    const { code } = esbuild.transformSync(text, {
      loader: file.endsWith('x') ? 'tsx' : 'ts',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      charset: 'utf8',
    });
    const { rootNode } = parser.parse(code);
    if (rootNode.hasError()) throw new Error(`${file}: the grammar of l10n-dev cannot read this file.`);
    return rootNode;
  };
}

/**
 * The calls of `t` in a file.
 *
 * @param {SyntaxNode} root
 * @returns {SyntaxNode[]}
 */
export function translationCalls(root) {
  return root
    .descendantsOfType('call_expression')
    .filter((call) => call.childForFieldName('function')?.text === 't');
}

/**
 * The message of a call of `t`: its first argument, which must be a literal, because nothing is executed to find it.
 *
 * @param {SyntaxNode} call
 * @returns {string}
 */
export function messageOf(call) {
  const message = call.childForFieldName('arguments')?.namedChild(0);
  if (message?.type !== 'string') throw new Error(`The message is not a literal: ${call.text}`);
  return runInNewContext(message.text);
}
