import { isHit } from './score.mjs';

/**
 * @typedef {object} PlantedResult
 * @property {string} name
 * @property {number} seed
 * @property {import('./score.mjs').Score} score
 *
 * @typedef {object} HealthyResult
 * @property {string} name
 * @property {number} seed
 * @property {number} errors
 * @property {number} warnings
 *
 * @typedef {object} Measurement of one version of PyTorch
 * @property {string} torch
 * @property {PlantedResult[]} planted
 * @property {HealthyResult[]} healthy
 */

/**
 * The tables of docs/findings.md.
 *
 * @param {readonly Measurement[]} measurements
 * @returns {string} Markdown
 */
export function tables(measurements) {
  const planted = measurements.flatMap((each) => each.planted);
  const healthy = measurements.flatMap((each) => each.healthy);
  return [
    `Measured with ${measurements.map(({ torch }) => `PyTorch ${torch}`).join(' and ')}.`,
    '',
    ...totals(planted, healthy).map((line) => `- ${line}`),
    '',
    '| planted fault | runs | found | right layer | right step | in the first three lines | place in the list |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...byName(planted).map(([name, results]) => plantedRow(name, results)),
    '',
    '| healthy run | runs | errors | warnings |',
    '| --- | --- | --- | --- |',
    ...byName(healthy).map(
      ([name, results]) =>
        `| ${inWords(name)} | ${results.length} | ${sum(results, 'errors')} | ${sum(results, 'warnings')} |`,
    ),
  ].join('\n');
}

/**
 * What the tables come to, a line each.
 *
 * @param {readonly PlantedResult[]} planted
 * @param {readonly HealthyResult[]} healthy
 */
export function totals(planted, healthy) {
  const hits = planted.filter((each) => isHit(each.score)).length;
  const share = planted.length === 0 ? 0 : (100 * hits) / planted.length;
  return [
    `Planted faults: in ${hits} of ${planted.length} runs (${share.toFixed(1)} %), the right kind of finding stands with the right layer and step among the first three lines.`,
    `Healthy runs: ${sum(healthy, 'errors')} errors and ${sum(healthy, 'warnings')} warnings in ${healthy.length} runs.`,
  ];
}

/**
 * @param {string} name
 * @param {readonly PlantedResult[]} results
 */
function plantedRow(name, results) {
  const count = (/** @type {(score: import('./score.mjs').Score) => boolean} */ has) =>
    results.filter((each) => has(each.score)).length;
  const ranks = [...new Set(results.flatMap(({ score }) => score.rank ?? []))].sort((a, b) => a - b);
  const cells = [
    inWords(name),
    results.length,
    count(({ found }) => found),
    count(({ layer }) => layer),
    count(({ step }) => step),
    count(isHit),
    ranks.join(', ') || '–',
  ];
  return `| ${cells.join(' | ')} |`;
}

/**
 * @template {{ name: string }} T
 * @param {readonly T[]} results
 * @returns {[string, T[]][]}
 */
function byName(results) {
  const names = [...new Set(results.map(({ name }) => name))];
  return names.map((name) => [name, results.filter((each) => each.name === name)]);
}

/**
 * @template {string} K
 * @param {readonly Record<K, number>[]} results
 * @param {K} key
 */
function sum(results, key) {
  return results.reduce((total, each) => total + each[key], 0);
}

/** @param {string} name */
function inWords(name) {
  return name.replaceAll('-', ' ');
}
