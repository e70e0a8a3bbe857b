/**
 * Measures the comparison of runs: `calibrate.js PLANTED PAIRS` reads the pairs that planted_pairs.py and seed_pairs.py wrote.
 * Prints what the first finding says of each planted difference, and for each network the share of records (layer × step)
 * of two runs of one kind that are above noise, and the pairs of which the report names a place where they are.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { partingOf } from '../../src/findings/parting';
import { localFiles } from '../../src/io/localFiles';
import { CHANCE_LEVEL } from '../../src/model/comparison';
import { parseArguments } from '../../src/report/arguments';
import { buildReport, type ReportInput } from '../../src/report/report';
import { computeReport } from '../../src/report/reportRun';

async function compared(pair: string): Promise<ReportInput> {
  const [run, other] = ['a', 'b'].map((name) => pathToFileURL(join(pair, name)).href);
  const parsed = parseArguments([pair]);
  if (parsed === 'help') throw new Error(`${pair} is no path.`);
  const options = { ...parsed.options, reference: { roots: [other] } };
  return computeReport(localFiles(), [run], { ...parsed, options });
}

/** Whether the planted difference is what the first finding names; or whether there is none where nothing was planted. */
async function plantedLine(pair: string, name: string): Promise<{ text: string; isHit: boolean }> {
  const expected = JSON.parse(await readFile(join(pair, 'expected.json'), 'utf8'));
  const { findings, comparison } = buildReport(await compared(pair));
  const first = findings.find(({ kind }) => kind === 'runs-part');
  const isHit =
    expected.layer === null
      ? first === undefined && comparison?.records.equal === comparison?.records.compared
      : first === findings[0] &&
        first?.layer === expected.layer &&
        first?.step === expected.step &&
        first?.evidence.includes(expected.says) === true;
  return { text: `| ${name} | ${isHit ? 'yes' : 'no'} | ${comparison?.line} |`, isHit };
}

interface Row {
  pairs: number;
  cells: number;
  /** By the permutation test alone. */
  unlikely: number;
  /** Also above the halves' noise floor. */
  above: number;
  named: number;
}

async function addPair(pair: string, row: Row): Promise<void> {
  const { comparison, catalog, shifts } = await compared(pair);
  if (comparison === undefined) throw new Error(`${pair} was not compared.`);
  const parting = partingOf(
    { catalog, shifts: new Map(Array.from(shifts, (shift) => [shift.record, shift])) },
    {
      join: comparison.join,
      comparisons: new Map(comparison.comparisons.map((each) => [each.record, each])),
    },
  );
  row.pairs++;
  row.cells += parting.measured;
  row.above += parting.above;
  row.unlikely += comparison.comparisons.filter(
    ({ chance }) => chance !== undefined && chance.p <= CHANCE_LEVEL,
  ).length;
  if (parting.aboveNoise !== undefined) row.named++;
}

async function main(plantedFolder: string, pairsFolder: string): Promise<boolean> {
  const planted: { text: string; isHit: boolean }[] = [];
  for (const name of (await readdir(plantedFolder)).sort())
    planted.push(await plantedLine(join(plantedFolder, name), name));
  const rows = new Map<string, Row>();
  for (const name of (await readdir(pairsFolder)).sort()) {
    const [kind, network] = name.split('-');
    const key = `${kind === 'seeds' ? 'two seeds' : 'other data'} | ${network}`;
    const row = rows.get(key) ?? { pairs: 0, cells: 0, unlikely: 0, above: 0, named: 0 };
    rows.set(key, row);
    await addPair(join(pairsFolder, name), row);
  }
  const share = (part: number, of: number) => `${((100 * part) / of).toFixed(1)} %`;
  const lines = [...rows].map(
    ([key, { pairs, cells, unlikely, above, named }]) =>
      `| ${key} | ${pairs} | ${cells} | ${share(unlikely, cells)} | ${share(above, cells)} | ${named} |`,
  );
  process.stdout.write(
    [
      '| planted | named first | line |',
      '| --- | --- | --- |',
      ...planted.map(({ text }) => text),
      '',
      '| pairs of | network | pairs | records | p ≤ 0.05 | above noise | pairs with a place named |',
      `|${' --- |'.repeat(7)}`,
      ...lines,
      '',
    ].join('\n'),
  );
  return (
    planted.every(({ isHit }) => isHit) &&
    [...rows.values()].every(({ above, cells }) => above <= CHANCE_LEVEL * cells)
  );
}

const [, , plantedFolder, pairsFolder] = process.argv;
void main(plantedFolder, pairsFolder).then((isFine) => {
  process.exitCode = isFine ? 0 : 1;
});
