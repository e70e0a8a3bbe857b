import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openSafetensors } from '../../../src/formats/safetensors';
import { bufferSource } from '../../../src/io/bufferSource';
import { toProblem } from '../../../src/model/problem';
import { safetensorsBytes } from '../../contract/dumpBytes';

const DATA = new Uint8Array(24);
const A = '"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}';
const B = '"b":{"dtype":"F32","shape":[3],"data_offsets":[12,24]}';
const TAIL = `,${A},${B}}`;
const texts = (json: string) => `{"__metadata__":${json}${TAIL}`;

/** What a file says, or why it is refused. */
async function said(header: string, data = DATA): Promise<unknown> {
  try {
    const file = await openSafetensors(bufferSource('file:///a', safetensorsBytes(header, data)));
    const { metadata, tensors, problems } = file;
    const bytes = await Promise.all(tensors.map(async ({ name }) => (await file.openTensor(name)).size));
    return { metadata: [...metadata], tensors, problems, bytes };
  } catch (error) {
    return toProblem(error, 'file:///a');
  }
}

/** The same after a file with the same tensors, and after another. */
async function assertSame(header: string, data = DATA, before = texts('{"step":"1"}')): Promise<void> {
  await said('{}', new Uint8Array(0));
  const alone = await said(header, data);
  await said(before);
  assert.deepEqual(await said(header, data), alone);
}

const HEADERS: readonly string[] = [
  texts('{"step":"2"}'),
  texts('{}'),
  texts('{"step":"1"}').concat('     '),
  `{${A},${B}}`,
  `{${A},${B}}   `,
  `{${A},${B},"__metadata__":{"step":"2"}}`,
  // Repeated keys.
  texts('{"step":"1","step":"2"}'),
  texts('{"step":"1"},"__metadata__":{"step":"2"}'),
  texts(`{"step":"1"},${A}`),
  texts('{"a":"1","\\u0061":"2"}'),
  // Texts that a writer would not write so.
  texts('{"step": "2"}'),
  texts(' {"step":"2"}'),
  texts('{"st\\u0065p":"2"}'),
  texts('{"step":2}'),
  texts('{"step":{"a":"1"}}'),
  texts('{"__proto__":"1","step":"2"}'),
  texts('["1"]'),
  texts('"1"'),
  texts('null'),
  texts(`${'['.repeat(20)}${']'.repeat(20)}`),
  texts(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  texts(`{"a":"${'x'.repeat(300_000)}"}`),
  // No valid JSON.
  texts('{"step":"2"'),
  texts('{"step":"2"}}'),
  texts(''),
  texts('{"step":"2'),
  `{${TAIL}`,
  TAIL,
  ` ${texts('{}')}`,
  texts('{"step":"2"}').concat('\t'),
  texts('{"step":"2"}').concat('}'),
];

describe('formats: headers that list the same tensors', () => {
  for (const header of HEADERS) {
    const what = header.length < 200 ? header : `${header.slice(0, 60)}… (${header.length} characters)`;
    it(what, async () => {
      await assertSame(header);
      await assertSame(header, DATA, `{${A},${B}}`);
      await assertSame(header, DATA, header);
    });
  }

  it('but not over other data', async () => {
    for (const size of [0, 12, 23, 25, 48]) await assertSame(texts('{"step":"2"}'), new Uint8Array(size));
  });

  it('any texts', async () => {
    const metadata = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }));
    await fc.assert(
      fc.asyncProperty(metadata, metadata, fc.constantFrom(0, 2), async (one, other, indent) => {
        await assertSame(texts(JSON.stringify(one, null, indent)), DATA, texts(JSON.stringify(other)));
      }),
      { numRuns: 50 },
    );
  });

  it('share one list', async () => {
    const open = (header: string) =>
      openSafetensors(bufferSource('file:///a', safetensorsBytes(header, DATA)));
    const first = await open(texts('{"step":"1"}'));
    const second = await open(texts('{"step":"2"}').concat('   '));
    assert.equal(second.tensors, first.tensors);
    assert.deepEqual([...second.metadata], [['step', '2']]);
  });
});
