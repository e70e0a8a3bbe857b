import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * @typedef {object} CommandLine what of VS Code's command line has a meaning in the browser
 * @property {string | undefined} folder
 * @property {string | undefined} extension folder of the extension under development
 * @property {string | undefined} tests
 * @property {boolean} web the extension under development runs in the web extension host
 */

/**
 * @param {string[]} args VS Code's command line; options without a meaning here are passed over
 * @returns {CommandLine}
 */
export function parseCommandLine(args) {
  const { values, positionals } = parseArgs({
    args,
    strict: false,
    allowPositionals: true,
    options: {
      extensionDevelopmentPath: { type: 'string' },
      extensionDevelopmentKind: { type: 'string' },
      extensionTestsPath: { type: 'string' },
    },
  });
  return {
    folder: toPath(positionals[0]),
    extension: toPath(values.extensionDevelopmentPath),
    tests: toPath(values.extensionTestsPath),
    web: values.extensionDevelopmentKind === 'web',
  };
}

/**
 * @param {string | boolean | undefined} pathOrUri
 * @returns {string | undefined}
 */
function toPath(pathOrUri) {
  if (typeof pathOrUri !== 'string') return undefined;
  return pathOrUri.startsWith('file:') ? fileURLToPath(pathOrUri) : pathOrUri;
}
