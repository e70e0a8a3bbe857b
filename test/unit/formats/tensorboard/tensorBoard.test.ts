import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openTensorFile } from '../../../../src/formats/open';
import { wireFields } from '../../../../src/formats/tensorboard/protobuf';
import { openTensorBoard } from '../../../../src/formats/tensorboard/tensorBoard';
import { maskedCrc32c } from '../../../../src/formats/tensorboard/tfRecord';
import type { TensorFile } from '../../../../src/formats/tensorFile';
import { bufferSource } from '../../../../src/io/bufferSource';
import { localFiles } from '../../../../src/io/localFiles';
import { summarize } from '../../../../src/kernel/figures/summary';
import { summarizedSketch } from '../../../../src/kernel/record/summarizedSketch';
import { isDefined } from '../../../../src/model/analysis';
import { concatenated } from '../../../contract/dumpBytes';
import { recordBytes } from '../../../fixtures/hostile/eventBytes';

const FOLDER = resolve('test/fixtures/tensorboard');
const TORCH = 'torch/events.out.tfevents.1700000000.node-7.4242.0';
const KERAS = 'keras/train/events.out.tfevents.1700000001.node.1.0.v2';

interface ExpectedHistogram {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly variance: number;
  readonly percentiles: readonly number[];
  readonly within: readonly (readonly [number, number])[];
}

const EXPECTED: {
  readonly levels: readonly number[];
  readonly files: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, ExpectedHistogram>>>>>
  >;
} = JSON.parse(readFileSync(resolve(FOLDER, 'expected.json'), 'utf8'));

const open = (path: string) => openTensorFile(localFiles(), pathToFileURL(resolve(FOLDER, path)).href);

const OPTIONS = { layout: '', epsilon: 1e-5, groups: 1, layerScope: 'example' } as const;

async function rawSummary(file: TensorFile, name: string) {
  const record = { id: 0, layer: 0, step: 0, variant: 0, shape: [], summarized: true, tensor: name } as const;
  const sketch = await summarizedSketch(file, { ...record, dtype: 'unknown', file: file.path }, OPTIONS);
  const summary = summarize(0, sketch, EXPECTED.levels);
  assert.ok(isDefined(summary.methods.none));
  return { ...summary, raw: summary.methods.none };
}

describe('formats: TensorBoard’s event files', () => {
  for (const [path, tags] of Object.entries(EXPECTED.files)) {
    it(`${path}: tags, steps, moments, and percentiles within the bins of NumPy’s`, async () => {
      const file = await open(path);
      const expected = Object.entries(tags).flatMap(([tag, steps]) =>
        Object.keys(steps).map((step) => `${tag} @ ${step}`),
      );
      const summaries = file.summaries ?? [];
      assert.deepEqual(summaries.map(({ layer, step }) => `${layer} @ ${step}`).sort(), expected.sort());
      assert.deepEqual(file.problems, []);
      for (const { name, layer = '', step } of summaries) {
        const of = tags[layer][String(step)];
        const { count, finite, zeros, raw, methods } = await rawSummary(file, name);
        assert.deepEqual([count, finite, zeros], [of.count, of.count, Number.NaN]);
        const isFloat = layer === 'listed/dense';
        const slack = (isFloat ? 1e-6 : 1e-12) * Math.max(Math.abs(of.min), Math.abs(of.max));
        assert.ok(Math.abs(raw.min - of.min) <= slack, `${name}: min`);
        assert.ok(Math.abs(raw.max - of.max) <= slack, `${name}: max`);
        raw.percentiles.forEach((percentile, i) => {
          const [low, high] = of.within[i];
          const isWithin = percentile >= low - slack && percentile <= high + slack;
          assert.ok(isWithin, `${name} p${EXPECTED.levels[i]}: ${percentile} is not in [${low}, ${high}]`);
        });
        // The older form keeps sums; the newer has only bins, which are a thirtieth of the range wide.
        const bin = path.startsWith('keras') ? (of.max - of.min) / 30 : 0;
        const deviation = Math.sqrt(of.variance);
        assert.ok(Math.abs(raw.mean - of.mean) <= 1e-9 * deviation + bin / 2, `${name}: mean ${raw.mean}`);
        const off = Math.abs(Math.sqrt(raw.variance) - deviation);
        assert.ok(off <= 1e-9 * (deviation + Math.abs(of.mean)) + bin, `${name}: deviation`);
        for (const method of ['batch', 'layer', 'instance', 'group', 'rms'] as const) {
          assert.deepEqual(methods[method], {
            reason: 'TensorBoard saves only histograms of raw values, which cannot be normalized afterward.',
          });
        }
      }
      await file.close();
    });
  }

  it('a file without histograms has nothing, and nothing is wrong with it', async () => {
    const file = await open('scalars/events.out.tfevents.1700000002.node.1.0');
    assert.deepEqual([file.summaries, file.problems], [[], []]);
    await file.close();
  });

  const bytesOf = (path: string) => new Uint8Array(readFileSync(resolve(FOLDER, path)));
  const openBytes = (bytes: Uint8Array) => openTensorBoard(bufferSource('memory:/events', bytes));

  it('truncated anywhere, the file keeps its earlier histograms without a problem', async () => {
    const bytes = bytesOf(KERAS);
    let seen = -1;
    for (let length = 0; length <= bytes.length; length++) {
      const { summaries = [], problems } = await openBytes(bytes.subarray(0, length));
      assert.deepEqual(problems, []);
      assert.ok(summaries.length >= seen);
      seen = summaries.length;
    }
    assert.equal(seen, 7);
  });

  it('a changed byte loses everything after it, and is reported with its position', async () => {
    const bytes = bytesOf(TORCH);
    const all = (await openBytes(bytes)).summaries?.length ?? 0;
    for (let at = 40; at < bytes.length; at += 97) {
      const damaged = bytes.slice();
      damaged[at] ^= 4;
      const { summaries = [], problems } = await openBytes(damaged);
      assert.ok(summaries.length < all);
      // A length that now leads beyond the end reads as a record that is still being written only with its checksum.
      assert.equal(problems.length, 1);
      assert.match(problems[0].message, /checksum/);
      assert.deepEqual([problems[0].code, problems[0].path], ['malformed', 'memory:/events']);
    }
  });

  it('bytes that are not an event file are refused', async () => {
    for (const text of ['This is a text and no event file.', 'PK\x03\x04 and so on and on']) {
      await assert.rejects(openBytes(new TextEncoder().encode(text)), {
        name: 'ProblemError',
        message: /checksum of its length/,
      });
    }
  });

  /** Records with right checksums around any bytes. */
  const records = (...contents: readonly Uint8Array[]) =>
    concatenated(...contents.map((content) => recordBytes(content)));

  it('records that are not events are reported, and the others are read', async () => {
    const bytes = bytesOf(TORCH);
    const wrong = [
      ['a varint without end', new Uint8Array(12).fill(0xff)],
      ['a group', Uint8Array.of(0x0b)],
      ['a length beyond the end', Uint8Array.of(0x2a, 0x7f, 1)],
      ['a length of 2^63', Uint8Array.of(0x2a, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1)],
      ['field 0', Uint8Array.of(0x02, 0)],
      ['a step of 2^62', Uint8Array.of(0x10, 128, 128, 128, 128, 128, 128, 128, 128, 0x40)],
    ] as const;
    for (const [what, content] of wrong) {
      const joined = Uint8Array.from([...records(content), ...bytes]);
      const { summaries = [], problems } = await openBytes(joined);
      assert.equal(summaries.length, 9, what);
      assert.equal(problems.length, 1, what);
      assert.match(problems[0].message, /^Invalid TensorBoard event at byte 12: /, what);
    }
  });

  it('negative and large integers', () => {
    const values = [
      [[0x10, 1], 1],
      [[0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], -1],
      [[0x10, 255, 255, 255, 255, 255, 255, 255, 15], 2 ** 53 - 1],
    ] as const;
    for (const [bytes, value] of values) {
      const [field] = [...wireFields(Uint8Array.from(bytes))];
      assert.deepEqual([field.number, field.value], [2, value]);
    }
  });

  it('a histogram with different numbers of limits and buckets is a problem', async () => {
    // Event { step: 3, summary { value { tag: "a", histo { bucket_limit: [0] } } } }
    const histo = [0x31, ...new Uint8Array(8)];
    const value = [0x0a, 1, 0x61, 0x2a, histo.length, ...histo];
    const summary = [0x0a, value.length, ...value];
    const file = await openBytes(records(Uint8Array.from([0x10, 3, 0x2a, summary.length, ...summary])));
    assert.deepEqual(
      file.summaries?.map(({ layer, step }) => [layer, step]),
      [['a', 3]],
    );
    await assert.rejects(rawSummary(file, 'a, step 3'), (error: { problem?: { message?: string } }) => {
      assert.match(error.problem?.message ?? '', /1 limits and 0 buckets/);
      return true;
    });
  });

  it('of several histograms for one tag and step the last holds', async () => {
    const bytes = bytesOf(TORCH);
    const twice = Uint8Array.from([...bytes, ...bytes]);
    const file = await openBytes(twice);
    assert.equal(file.summaries?.length, 9);
    const { raw } = await rawSummary(file, 'act/fc, step 100');
    assert.equal(raw.mean, (await rawSummary(await openBytes(bytes), 'act/fc, step 100')).raw.mean);
  });

  it('checksums: the examples of RFC 3720, masked', () => {
    const masked = (crc: number) => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
    assert.equal(maskedCrc32c(new Uint8Array(32)), masked(0x8a9136aa));
    assert.equal(maskedCrc32c(new Uint8Array(32).fill(255)), masked(0x62a8ab43));
    assert.equal(maskedCrc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), masked(0x46dd794e));
  });
});
