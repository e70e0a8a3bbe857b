/**
 * `npm run bench`: how fast Normscope computes, here and now. Makes its data itself. Figures are medians; compare them
 * with the references of the same run, not with another machine.
 */
import { benchInMemory } from './inMemory';
import { benchRuns } from './runs';

for (const { what, figure, reference } of [...(await benchInMemory()), ...(await benchRuns())]) {
  console.log(`${what}\n    ${figure}\n    ${reference}`);
}
