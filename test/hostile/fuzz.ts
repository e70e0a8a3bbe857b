/** `npm run fuzz -- [COUNT] [FIRST SEED]`: mutations of real files of every format; one seed again: `1 SEED`. */
import { fuzz, fuzzLine } from './fuzzing';

const [count = '20000', seed] = process.argv.slice(2);
const first = seed === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(seed);
console.log(`${count} mutations from seed ${first}`);
let reported = 0;
void fuzz(first, Number(count), ({ mutations, failures }) => {
  for (const failure of failures.slice(reported)) console.log(failure);
  reported = failures.length;
  if (mutations % 1000 === 0) console.log(`${mutations} done, ${failures.length} failures`);
}).then((counts) => {
  console.log(fuzzLine(counts, first));
  if (counts.failures.length > 0) process.exitCode = 1;
});
