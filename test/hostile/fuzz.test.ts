import assert from 'node:assert/strict';
import { fuzz, fuzzLine } from './fuzzing';

/** `npm run fuzz` does 20,000, others each time. */
const MUTATIONS = 600;

describe('mutations of real files', function () {
  this.timeout(300_000);

  it('end in tensors or in tagged problems', async () => {
    const first = Number(process.env['NORMSCOPE_SEED'] ?? 1);
    const counts = await fuzz(first, MUTATIONS);
    console.log(`\n    ${fuzzLine(counts, first)}`);
    assert.deepEqual(counts.failures, [], `npm run fuzz -- ${MUTATIONS} ${first} does it again`);
  });
});
