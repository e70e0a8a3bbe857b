import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openTensorBoard } from '../../../../src/formats/tensorboard/tensorBoard';
import { bufferSource } from '../../../../src/io/bufferSource';
import { localFiles } from '../../../../src/io/localFiles';
import { openLiveRun } from '../../../../src/run/liveRun';

const FOLDER = resolve('test/fixtures/tensorboard');

/** What TensorBoard reads: by folder and tag, pairs of step and value. */
const EXPECTED: Readonly<
  Record<string, Readonly<Record<string, readonly (readonly [number, number | string])[]>>>
> = JSON.parse(readFileSync(resolve(FOLDER, 'scalars.json'), 'utf8'));

describe('formats: scalars of TensorBoard', () => {
  for (const [folder, tags] of Object.entries(EXPECTED)) {
    it(`${folder}: the steps and values that TensorBoard reads`, async () => {
      assert.ok(Object.keys(tags).length > 0);
      const run = await openLiveRun(localFiles(), [pathToFileURL(resolve(FOLDER, 'curves', folder)).href]);
      const found = run.curves.map(({ name, steps, values }): [string, (number | string)[][]] => [
        name,
        [...steps].map((step, i) => [
          step,
          Number.isFinite(values[i]) ? values[i] : String(values[i]).toLowerCase(),
        ]),
      ]);
      assert.deepEqual(Object.fromEntries(found), tags);
    });
  }

  it('of a file that is truncated anywhere are those before', async () => {
    const folder = resolve(FOLDER, 'curves/older');
    const bytes = new Uint8Array(readFileSync(resolve(folder, readdirSync(folder).sort()[0])));
    let seen = 0;
    for (let length = 0; length <= bytes.length; length++) {
      const { scalars = [], problems } = await openTensorBoard(
        bufferSource('memory:/e', bytes.subarray(0, length)),
      );
      const count = scalars.reduce((sum, { steps }) => sum + steps.length, 0);
      assert.ok(count >= seen && problems.length === 0);
      seen = count;
    }
    assert.equal(seen, 12);
  });
});
