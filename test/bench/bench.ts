/**
 * `npm run bench`: how fast Normscope is, here and now; `npm run bench -- run memory`: only these groups. Makes its
 * data itself. docs/benchmarks.md says what each row means.
 */

import { setRelaxedSimd } from '../relaxedSimd';
import { GROUP as cancel } from './cancel';
import { GROUP as files } from './files';
import { GROUP as findings } from './findings';
import { FORMATS_GROUP } from './formats';
import { GROUP as growth } from './growth';
import { GROUP as vscode } from './inVSCode';
import { GROUP as knobs } from './knobs';
import { type Group, table } from './measure';
import { DTYPE_GROUP, GROUP as memory, STATISTICS_GROUP } from './memory';
import { GROUP as panel } from './panel';
import { GROUP as recorded } from './recorded/recorded';
import { GROUP as recorder } from './recorder';
import { MANY_GROUP, GROUP as run } from './run';

setRelaxedSimd(true);

const GROUPS: readonly Group[] = [
  memory,
  STATISTICS_GROUP,
  DTYPE_GROUP,
  FORMATS_GROUP,
  recorded,
  files,
  findings,
  growth,
  knobs,
  cancel,
  run,
  MANY_GROUP,
  vscode,
  panel,
  recorder,
];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !GROUPS.some((group) => group.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no group ${unknown.join(', ')}. Groups: ${GROUPS.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}
for (const { name, title, rows } of GROUPS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n${name}: ${title}`);
  console.log(table(await rows()));
}
