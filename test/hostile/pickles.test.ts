import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { readPickle } from '../../src/formats/torch/pickle';
import { ProblemError } from '../../src/model/problem';
import { concatenated } from '../contract/dumpBytes';
import { readDump } from '../contract/dumps';
import { pickleBytes, pickledGlobal, pickledTensor, pickledText, torchBytes } from '../contract/pickleBytes';
import { fixturePath } from '../unit/formats/expected';

const PATH = 'memory:///a.pkl';
const text = pickledText;
const good = pickledTensor([4n, 6n], [6n, 1n]);
const call = (module: string, name: string) =>
  pickleBytes(pickledGlobal(module, name), text('x'), 0x85, 'R').subarray(2);
const repeated = (part: string, times: number) => part.repeat(times);

/** Pickles that are refused as a whole: description, bytes, and code. */
const REFUSED: readonly [name: string, pickle: Uint8Array, code: string][] = [
  ['nothing', new Uint8Array(0), 'truncated'],
  ['only STOP', pickleBytes('.'), 'malformed'],
  ['protocol 0', Uint8Array.from(Buffer.from('(lp0\n.')), 'malformed'],
  ['protocol 9', Uint8Array.of(0x80, 9, 0x4e, 0x2e), 'unsupported'],
  ...[0x00, 0x69, 0x6f, 0x50, 0x82, 0x83, 0x84, 0x97, 0x98, 0xff].map(
    (code): [string, Uint8Array, string] => [
      `the opcode ${code}`,
      pickleBytes('NN(N', code, 0, 0, 0, 0, '\n\n.'),
      'malformed',
    ],
  ),
  ['a memo entry that was never put', pickleBytes('h', 7, '.'), 'malformed'],
  ['a memo entry of an empty stack', pickleBytes('q', 0, '.'), 'malformed'],
  ['a tuple without its mark', pickleBytes('NNt.'), 'malformed'],
  ['a mark that stays open', pickleBytes('(N.'), 'malformed'],
  ['a value left over', pickleBytes('NN.'), 'malformed'],
  ['an append to a number', pickleBytes('K', 1, 'Na.'), 'malformed'],
  ['an item without a value', pickleBytes('}(Nu.'), 'malformed'],
  ['an item of a list', pickleBytes(']NNs.'), 'malformed'],
  ['a state of a dict', pickleBytes('}', '}', text('__proto__'), '}sb.'), 'malformed'],
  ['a global of numbers', Uint8Array.of(0x80, 4, 0x4b, 1, 0x4b, 2, 0x93, 0x2e), 'malformed'],
  ['LONG4 of 2^31 - 1 bytes', pickleBytes(0x8b, 255, 255, 255, 127, '.'), 'malformed'],
  ['LONG4 of -1 bytes', pickleBytes(0x8b, 255, 255, 255, 255, '.'), 'malformed'],
  ['LONG4 that ends early', pickleBytes(0x8b, 200, 0, 0, 0, '.'), 'truncated'],
  ['BINUNICODE of 4 GB', pickleBytes('X', 255, 255, 255, 255, '.'), 'truncated'],
  ['BINUNICODE8 of 2^64 - 1 bytes', pickleBytes(0x8d, new Uint8Array(8).fill(255), '.'), 'truncated'],
  ['BYTEARRAY8 of 2^64 - 1 bytes', pickleBytes(0x96, new Uint8Array(8).fill(255), '.'), 'truncated'],
  ['a frame of 2^64 - 1 bytes', pickleBytes(0x95, new Uint8Array(8).fill(255), 'N.'), 'truncated'],
  ['a global without an end', pickleBytes('cposix\nsystem'), 'truncated'],
  ['six million values', pickleBytes(repeated('N', 6_000_000), '.'), 'unsupported'],
  ['six million marks', pickleBytes(repeated('(', 6_000_000), '.'), 'unsupported'],
  ['a call of a call', pickleBytes(call('os', 'system'), ')R.'), 'unsupported'],
  ['a call of a text', pickleBytes(text('posix.system'), ')R.'), 'unsupported'],
  ['a call without a function', pickleBytes(')R.'), 'malformed'],
  ['a module', pickleBytes(pickledGlobal('torch.nn', 'Linear'), ')', 0x81, '}b.'), 'unsupported'],
  ...[
    ['os', 'system'],
    ['builtins', 'eval'],
    ['builtins', '__import__'],
    ['builtins', 'getattr'],
    ['torch._utils', '__proto__'],
    ['', 'constructor'],
    ['torch.hub', 'load'],
    ['numpy', 'load'],
  ].map(([module, name]): [string, Uint8Array, string] => [
    `${module}.${name}`,
    pickleBytes(call(module, name), '.'),
    'unsupported',
  ]),
];

/** Containers with one good tensor and one value that must not harm it. */
const BESIDE: readonly [name: string, value: Uint8Array, codes: readonly string[]][] = [
  ['a call of os.system', call('os', 'system'), ['unsupported']],
  [
    'BUILD with __proto__',
    concatenated(
      call('a', 'b'),
      pickleBytes('}', text('__proto__'), '}', text('polluted'), 0x88, 'ssb').subarray(2),
    ),
    ['unsupported'],
  ],
  ['a shape beyond 2^53', pickledTensor([2n ** 40n, 2n ** 40n], [0n, 0n]), ['malformed']],
  ['a shape of 2^63', pickledTensor([2n ** 62n], [1n]), ['malformed']],
  ['a negative length', pickledTensor([-4n], [1n]), ['malformed']],
  ['a negative stride', pickledTensor([4n], [-1n]), ['malformed']],
  ['a negative offset', pickledTensor([4n], [1n], { offset: -4n }), ['malformed']],
  ['an offset beyond its storage', pickledTensor([4n], [1n], { offset: 21n }), ['malformed']],
  ['an offset of 2^52', pickledTensor([4n], [1n], { offset: 2n ** 52n }), ['malformed']],
  ['a stride beyond its storage', pickledTensor([2n], [24n]), ['malformed']],
  ['fewer strides than lengths', pickledTensor([2n, 2n], [1n]), ['malformed']],
  ['an expansion to 4 TB', pickledTensor([2n ** 40n], [0n]), ['unsupported']],
  ['overlaps to 4 GB', pickledTensor([2n, 2n ** 29n], [1n, 0n]), ['unsupported']],
  ['a storage that lies about its length', pickledTensor([4n], [1n], { count: 25n }), ['truncated']],
  ['a storage that is not there', pickledTensor([4n], [1n], { key: '../version' }), ['malformed']],
  [
    'complex numbers that claim more',
    pickledTensor([2n], [1n], { type: 'ComplexFloatStorage' }),
    ['truncated'],
  ],
  ['a quantized tensor', pickledTensor([2n], [1n], { type: 'QInt8Storage' }), ['unsupported']],
  [
    'a conjugated view of real numbers',
    pickledTensor([2n], [1n], { metadata: pickleBytes('}', text('conj'), 0x88, 's').subarray(2) }),
    ['malformed'],
  ],
  ['a list that holds itself', pickleBytes(']q', 9, 'h', 9, 'a').subarray(2), ['unsupported']],
  [
    'a list 100,000 deep',
    pickleBytes(repeated(']', 100_000), repeated('a', 99_999)).subarray(2),
    ['unsupported'],
  ],
  ['a tuple 100,000 deep', pickleBytes(')', new Uint8Array(100_000).fill(0x85)).subarray(2), ['unsupported']],
];

describe('a pickle', () => {
  for (const [name, pickle, code] of REFUSED) {
    it(`${name}: refused`, async () => {
      const { tensors, problems } = await readDump('a.pt', torchBytes(pickle));
      assert.deepEqual([tensors.size, [...problems]], [0, [['', code]]]);
    });
  }

  for (const [name, value, codes] of BESIDE) {
    it(`${name}: a problem beside a good tensor`, async () => {
      const pickle = pickleBytes('}(', text('good'), good, text('bad'), value, 'u.');
      const { tensors, problems } = await readDump('a.pt', torchBytes(pickle));
      assert.deepEqual([...tensors.keys()], ['good']);
      assert.deepEqual(tensors.get('good')?.values[23], 23);
      assert.deepEqual([...problems.values()], codes);
      assert.ok([...problems.keys()].every((key) => key.startsWith('bad')));
      assert.equal(Reflect.get({}, 'polluted'), undefined);
    });
  }

  it('keys such as __proto__ are names', async () => {
    const keys = ['__proto__', 'constructor', 'toString', ''];
    const pickle = pickleBytes('}(', ...keys.flatMap((key) => [text(key), good]), 'u.');
    const { tensors, problems } = await readDump('a.pt', torchBytes(pickle));
    assert.deepEqual([[...tensors.keys()], problems.size], [keys, 0]);
  });

  it('a key that is set twice has the last value; two tensors with one name are reported', async () => {
    const twice = pickleBytes(
      '}(',
      text('a'),
      'N',
      text('a'),
      good,
      text('b.c'),
      good,
      text('b'),
      '}',
      text('c'),
      good,
      'su.',
    );
    const { tensors, problems } = await readDump('a.pt', torchBytes(twice));
    assert.deepEqual([...tensors.keys()], ['a', 'b.c']);
    assert.deepEqual([...problems], [['b.c', 'malformed']]);
  });

  it('lists of lists that stand for 2^64 values are given up', async () => {
    const doubling = Array.from({ length: 64 }, (_, i) => [']q', i + 1, '(h', i, 'h', i, 'e0']).flat();
    const pickle = pickleBytes(']q', 0, '0', ...doubling, 'h', 64, '.');
    const { tensors, problems } = await readDump('a.pt', torchBytes(pickle));
    assert.deepEqual([tensors.size, [...problems]], [0, [['', 'unsupported']]]);
  });

  for (const sample of ['mixed.pt', 'mixed_proto5.pt', 'with_numpy.pt', 'whole_module.pt', 'evil.pt']) {
    const archive = unzipSync(Uint8Array.from(readFileSync(fixturePath(`samples/torch/${sample}`))));
    const pickle = Object.entries(archive).find(([name]) => name.endsWith('/data.pkl'))?.[1];
    assert.ok(pickle);

    it(`of ${sample}, cut at every byte: truncated`, () => {
      assert.equal(readPickle(pickle, PATH).end, pickle.length);
      for (let length = 0; length < pickle.length; length++) {
        assert.throws(
          () => readPickle(pickle.subarray(0, length), PATH),
          (error) => error instanceof ProblemError && error.problem.code === 'truncated',
        );
      }
    });

    it(`of ${sample}, with bytes changed: tensors or problems`, () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(pickle.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
          async (changes) => {
            const damaged = Uint8Array.from(pickle);
            for (const [at, byte] of changes) damaged[at] = byte;
            // Every thrown error is checked to be a tagged one.
            await readDump('a.pt', torchBytes(damaged));
          },
        ),
        { numRuns: 500 },
      ));
  }

  it('the code in evil.pt did not run', () => {
    assert.ok(!existsSync('/tmp/formats/PWNED'));
  });
});
