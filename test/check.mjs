/**
 * Checks types, lint, and unit and contract tests, side by side: what two cores can do in under a minute. What each
 * part says is passed on when the part ends.
 */
import { outcomeOf } from './vscode/command.mjs';
import { note } from './vscode/progress.mjs';
import { runMain } from './vscode/runMain.mjs';

const MODULES = 'node_modules';
const MOCHA = `${MODULES}/mocha/bin/mocha.js`;

/** What package.json tells mocha to run, in two halves that take about as long. */
const HALVES = { 'unit tests': 'out/test/contract/**', 'contract tests': 'out/test/unit/**' };

/**
 * Runs a script with this Node to its end.
 *
 * @param {string} name of the part, for the note at its end
 * @param {string[]} command the script and its arguments
 * @returns {Promise<boolean>} whether it exited with 0
 */
async function part(name, ...command) {
  const started = performance.now();
  const { code, output } = await outcomeOf(process.execPath, command);
  process.stdout.write(output);
  note(`${name}: exit code ${code}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
  return code === 0;
}

async function types() {
  return part('types', `${MODULES}/typescript/bin/tsc`);
}

async function lint() {
  const options = ['check', '--error-on-warnings', '.'];
  return part('lint', `${MODULES}/@biomejs/biome/bin/biome`, ...options);
}

async function tests() {
  if (!(await part('build', 'esbuild.mjs', '--tests=unit'))) return false;
  const halves = Object.entries(HALVES).map(([name, others]) => part(name, MOCHA, '--ignore', others));
  return (await Promise.all(halves)).every(Boolean);
}

await runMain(import.meta.url, async () => {
  const typesThenLint = async () => (await types()) && (await lint());
  const results = await Promise.all([typesThenLint(), tests()]);
  if (!results.every(Boolean)) process.exitCode = 1;
});
