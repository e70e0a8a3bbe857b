/**
 * Measures what the findings are worth: trains small networks, healthy ones and ones with a planted fault, runs the
 * report on each, and counts how often the first lines name the fault with its layer and step, and how often a healthy
 * run is accused.
 *
 * `npm run findings` trains all, with three seeds and each PyTorch that is at hand, and writes the tables into
 * docs/findings.md. `--only NAME,NAME` and `--seeds 4,5` measure others, and write them with `--write` only; from seed
 * 100 on, sizes vary too. `--small` is what `npm test` runs: a few runs, each of which counts as a test. Trained runs
 * are kept in the cache.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { availablePythons } from '../recorder/availablePythons.mjs';
import { step } from '../vscode/progress.mjs';
import { runMain } from '../vscode/runMain.mjs';
import { findingsOf } from './findingsOf.mjs';
import { alarms, isHit, score } from './score.mjs';
import { tables, totals } from './table.mjs';
import { runNames, trainedRuns } from './trainedRuns.mjs';

/** @typedef {import('./table.mjs').Measurement} Measurement */
/** @typedef {import('./score.mjs').Finding} Finding */

const DOCUMENT = fileURLToPath(new URL('../../docs/findings.md', import.meta.url));
const [BEGIN, END] = ['<!-- measured: begin -->', '<!-- measured: end -->'];

/** What `npm test` runs. */
const SMALL = {
  planted: ['dead-relu-layer', 'division-by-zero', 'layer-norm-n-minus-1', 'batch-norm-unfrozen'],
  healthy: ['cnn-batch-norm', 'resnet-zero-init', 'gpt-adam-warmup', 'mlp-relu'],
};

const SEEDS = [1, 2, 3];

/** The least share of planted runs whose fault is found, and the most warnings of all healthy runs of one version. */
const LEAST_SHARE = 0.95;
const MOST_WARNINGS = 1;

const { values: flags } = parseArgs({
  options: {
    small: { type: 'boolean', default: false },
    only: { type: 'string' },
    seeds: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

/**
 * @param {string} python
 * @returns {Promise<Measurement>}
 */
async function measure(python) {
  const names = await chosenNames(python);
  const seeds = flags.seeds?.split(',').map(Number) ?? (flags.small ? [1] : SEEDS);
  const runs = (/** @type {string[]} */ of) => of.flatMap((name) => seeds.map((seed) => ({ name, seed })));
  const all = [...runs(names.planted), ...runs(names.healthy)];
  const processes = availableParallelism();
  const trained = await trainedRuns(python, all, processes);
  const findings = await step(`reporting on ${all.length} runs`, () =>
    findingsOf(
      trained.map(({ folder }) => folder),
      processes,
    ),
  );
  const results = all.map((run, i) => ({ ...run, about: trained[i].about, findings: findings[i] }));
  const version = trained[0]?.about.torch ?? 'of an unknown version';
  return {
    torch: version,
    planted: results.flatMap(({ name, seed, about: { expected }, findings }) => {
      if (expected === null) return [];
      const result = { name, seed, score: score(findings, expected) };
      if (!isHit(result.score)) {
        print(`PyTorch ${version}: missed ${name} ${seed}: ${JSON.stringify(expected)}`);
        printList(findings);
      }
      return [result];
    }),
    healthy: results.flatMap(({ name, seed, about: { expected, first, last }, findings }) => {
      if (expected !== null) return [];
      if (!(last !== null && first !== null && last < first))
        throw new Error(`${name} ${seed} did not train.`);
      const result = { name, seed, ...alarms(findings) };
      if (result.errors + result.warnings > 0) {
        print(`PyTorch ${version}: false alarm of ${name} ${seed}`);
        printList(findings);
      }
      return [result];
    }),
  };
}

/** @param {string} python */
async function chosenNames(python) {
  if (flags.small) return SMALL;
  const names = await runNames(python);
  const only = flags.only?.split(',');
  if (only === undefined) return names;
  const unknown = only.filter((name) => !names.planted.includes(name) && !names.healthy.includes(name));
  if (unknown.length > 0) throw new Error(`No run is named ${unknown.join(', ')}.`);
  const chosen = (/** @type {string[]} */ of) => of.filter((name) => only.includes(name));
  return { planted: chosen(names.planted), healthy: chosen(names.healthy) };
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {readonly Finding[]} findings */
function printList(findings) {
  for (const { kind, severity, layer, step: at, title, consequences = [] } of findings.slice(0, 5)) {
    const under = consequences.length === 0 ? '' : ` (+ ${consequences.length})`;
    print(`    ${severity} ${kind} ${layer ?? '–'} @ ${at ?? '–'}: ${title}${under}`);
  }
}

/** @param {string} text the tables */
async function writeDocument(text) {
  const document = await readFile(DOCUMENT, 'utf8');
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${DOCUMENT} has no ${BEGIN} … ${END}.`);
  await writeFile(DOCUMENT, `${document.slice(0, from + BEGIN.length)}\n\n${text}\n\n${document.slice(to)}`);
}

/** @param {Measurement} measurement */
function isGood({ planted, healthy }) {
  const hits = planted.filter((each) => isHit(each.score)).length;
  const errors = healthy.reduce((total, each) => total + each.errors, 0);
  const warnings = healthy.reduce((total, each) => total + each.warnings, 0);
  return hits >= LEAST_SHARE * planted.length && errors === 0 && warnings <= MOST_WARNINGS;
}

/** @param {readonly Measurement[]} measurements */
function printTests(measurements) {
  for (const { torch, planted, healthy } of measurements) {
    const passed =
      planted.filter((each) => isHit(each.score)).length +
      healthy.filter((each) => each.errors + each.warnings === 0).length;
    const failed = planted.length + healthy.length - passed;
    print(`findings: PyTorch ${torch}: ${passed} of ${passed + failed} runs are judged rightly`);
    print(`normscope-tests findings-${torch}: ${passed} passed, ${failed} failed`);
    if (failed > 0) process.exitCode = 1;
  }
}

await runMain(import.meta.url, async () => {
  const measurements = [];
  for (const { python, unavailable } of await availablePythons()) {
    if (python === undefined) print(`findings: ${unavailable}`);
    else measurements.push(await measure(python));
  }
  if (measurements.length === 0) throw new Error('No PyTorch is at hand.');
  if (flags.small) {
    printTests(measurements);
    return;
  }
  const text = tables(measurements);
  print(text);
  for (const { torch, planted, healthy } of measurements)
    for (const line of totals(planted, healthy)) print(`findings: PyTorch ${torch}: ${line}`);
  if (flags.write || (flags.only === undefined && flags.seeds === undefined)) await writeDocument(text);
  if (!measurements.every(isGood)) process.exitCode = 1;
});
