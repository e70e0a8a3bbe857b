import { messageOf, translationCalls } from '../../media/l10n/sources.mjs';

/** @typedef {import('web-tree-sitter').SyntaxNode} SyntaxNode */

/** What people read, by the name of the property or the attribute: one word is enough there. */
const SHOWN = new Set([
  'alt',
  'aria-description',
  'aria-label',
  'aria-roledescription',
  'aria-valuetext',
  'children',
  'description',
  'detail',
  'label',
  'placeHolder',
  'placeholder',
  'prompt',
  'title',
  'tooltip',
]);

/** Several words that nobody reads. */
const NOT_SHOWN = new Set([
  'background',
  'backgroundImage',
  'class',
  'className',
  'contextValue',
  'font',
  'icon',
  'name',
  'style',
]);

/** Several words that are names in the code, or that only the log has. */
const INTERNAL = new Set([
  'no root',
  'rounded before gamma',
  'storage type',
  '    (same stack as above)',
  'Panel: …',
  'at …:…:…',
  '…, step …',
  'inline …',
]);

/** Files whose texts are in English everywhere, and why. */
export const ENGLISH = {
  'src/findings/consequences.ts': 'reasons are for readers of the code',
  'src/host/commands/issueText.ts': 'an issue is for the maintainers',
  'src/host/panel/panelHtml.ts': 'the page has no texts',
  'src/host/system.web.ts': 'an issue is for the maintainers',
  'src/kernel/parentPort.ts': 'a kernel without a host has no one to report to',
  'src/model/thrownError.ts': 'stacks are for the log',
  'src/report/assumptions.ts': 'options of the command',
  'src/report/arguments.ts': 'the command is in English, as its options are',
  'src/report/main.ts': 'the command is in English, as its options are',
  'src/report/coordinateReport.ts': 'the command is in English, as its options are',
  'src/report/reportRun.ts': 'the command is in English, as its options are',
  'src/rpc/channel.ts': 'an unknown procedure is a defect',
  'src/run/dimensions.ts': 'lists of names of axes',
  'src/run/listing/fileKinds.ts': 'lists of suffixes',
  'src/run/namedAxes.ts': 'what NetCDF writes',
  'src/run/naming/nameGrammar.ts': 'the documentation is in English',
};

/** Errors that are defects of the code, as `problemError('internal', …)` is; other problems are for people. */
const DEFECTS = /^(Error|TypeError|RangeError|AssertionError|DOMException)$/;

const FUNCTIONS = /^(arrow_function|function|function_declaration|method_definition|generator_function)/;

/** The text of a literal, with an ellipsis for each value in it. */
function textOf(/** @type {SyntaxNode} */ literal) {
  let text = '';
  let from = literal.startIndex + 1;
  for (const value of literal.namedChildren.filter(({ type }) => type === 'template_substitution')) {
    text += `${literal.text.slice(from - literal.startIndex, value.startIndex - literal.startIndex)}\u2026`;
    from = value.endIndex;
  }
  return text + literal.text.slice(from - literal.startIndex, -1);
}

/** Whether words stand one after the other: not a name, a path, a unit or a number. */
const hasWords = (/** @type {string} */ text) =>
  /\p{L}{2,}[,:;.…]? (?:…|\(?\p{L}{2,})|… \p{L}{2,}/u.test(text);
const hasWord = (/** @type {string} */ text) => /(?:^|[\s(])\p{L}{3,}(?![\w.])/u.test(text);

const isKey = (/** @type {SyntaxNode} */ { parent, id }) =>
  parent?.type === 'pair' && parent.childForFieldName('key')?.id === id;

const isCompared = (/** @type {SyntaxNode} */ { parent }) =>
  parent?.type === 'binary_expression' && /^[!=]==$/.test(parent.child(1)?.text ?? '');

/**
 * Where a literal stands: the property whose value it is (through conditions, arrays and parentheses), the function whose
 * argument it is, and whether that is a call of `t`.
 *
 * @param {SyntaxNode} literal
 * @returns {{ property?: string, callee?: string, isMessage?: boolean, isError?: boolean }}
 */
function placeOf(literal) {
  let child = literal;
  for (let node = literal.parent; node !== null; child = node, node = node.parent) {
    switch (node.type) {
      case 'pair':
        return { property: node.childForFieldName('key')?.text.replace(/^["']|["']$/g, '') };
      case 'variable_declarator':
        return { property: node.childForFieldName('name')?.text };
      case 'assignment_expression':
        return { property: node.childForFieldName('left')?.text.replace(/^.*\./, '') };
      case 'arguments': {
        const call = node.parent;
        const callee =
          (call?.childForFieldName('function') ?? call?.childForFieldName('constructor'))?.text.replace(
            /^.*\./s,
            '',
          ) ?? '';
        return {
          callee,
          isMessage: callee === 't' && node.namedChild(0)?.equals(child),
          isError:
            (call?.type === 'new_expression' && DEFECTS.test(callee)) ||
            (callee === 'problemError' && node.namedChild(0)?.text === '"internal"'),
        };
      }
      case 'import_statement':
      case 'export_statement':
        return { callee: 'import' };
    }
  }
  return {};
}

/**
 * The texts in a file that people read and nobody can translate.
 *
 * @param {SyntaxNode} root
 * @returns {string[]}
 */
export function hardCodedTexts(root) {
  return root.descendantsOfType(['string', 'template_string']).flatMap((literal) => {
    const text = textOf(literal).replace(/^(?:\$\([\w-]+\) |Normscope: )/, '');
    const { property = '', isMessage, isError } = placeOf(literal);
    if (isMessage || isError || isKey(literal) || NOT_SHOWN.has(property) || INTERNAL.has(text)) return [];
    return hasWords(text) || (SHOWN.has(property) && hasWord(text) && !isCompared(literal)) ? [text] : [];
  });
}

/**
 * Messages that are translated while their module is loaded, before the language is known.
 *
 * @param {SyntaxNode} root
 * @returns {string[]}
 */
export function earlyTexts(root) {
  return translationCalls(root)
    .filter((call) => {
      for (let node = call.parent; node !== null; node = node.parent)
        if (FUNCTIONS.test(node.type)) return false;
      return true;
    })
    .map(messageOf);
}

/**
 * The number of values for a message: arguments of `t`, also those in an array that is spread, or elements of `richText`.
 *
 * @param {SyntaxNode} call of `t`
 * @returns {number | undefined} undefined if only the running code knows it
 */
function valueCount(call) {
  const list = call.parent;
  const isRich = list?.parent?.childForFieldName('function')?.text === 'richText';
  const values = (isRich ? list : call.childForFieldName('arguments'))?.namedChildren
    .filter(({ type }) => type !== 'comment')
    .slice(1);
  const spread = (/** @type {SyntaxNode} */ { type, namedChildren: [child] }) =>
    type === 'spread_element' && child?.type === 'array' ? child.namedChildren : undefined;
  const single = (values ?? []).flatMap((value) => spread(value) ?? value);
  return single.some(({ type }) => type === 'spread_element') ? undefined : single.length;
}

/**
 * Messages whose placeholders are not {0}, {1}, … up to the number of values.
 *
 * @param {SyntaxNode} root
 * @returns {string[]}
 */
export function misnumberedTexts(root) {
  return translationCalls(root).flatMap((call) => {
    const message = messageOf(call);
    const values = valueCount(call);
    if (values === undefined) return [];
    const placeholders = new Set([...message.matchAll(/\{(\d+)\}/g)].map(([, index]) => Number(index)));
    const expected = [...Array(values).keys()];
    return expected.every((index) => placeholders.has(index)) && placeholders.size === values
      ? []
      : [message];
  });
}
