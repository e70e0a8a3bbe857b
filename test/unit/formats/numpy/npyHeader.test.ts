import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type NpyHeader, parseNpyHeader } from '../../../../src/formats/numpy/npyHeader';

const header = (descr: string, fortranOrder: boolean, shape: readonly number[]) => ({
  descr,
  fortranOrder,
  shape,
});

/** As numpy.lib.format and writers that imitate it (C++, Julia, Rust, older Pythons) lay it out. */
const GOOD: readonly [text: string, header: NpyHeader][] = [
  ["{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }      \n", header('<f4', false, [2, 3])],
  ["{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }\n", header('<f4', true, [2])],
  ["{'descr': '|b1', 'fortran_order': False, 'shape': (), }", header('|b1', false, [])],
  ["{'descr':'>i8','fortran_order':False,'shape':(1,2,3)}", header('>i8', false, [1, 2, 3])],
  ['{"descr": "<f8", "fortran_order": False, "shape": (0, 5)}', header('<f8', false, [0, 5])],
  ["{'shape': (3L, 4L), 'fortran_order': False, 'descr': '<f2'}", header('<f2', false, [3, 4])],
  ["\n{ 'descr' : '<f4' ,\n 'fortran_order' : False , 'shape' : ( 7 , ) , }", header('<f4', false, [7])],
  [
    "{'descr': [('a', '<f4'), ('b', [('c]', '<i4', (2,))])], 'fortran_order': False, 'shape': (3,), }",
    header("[('a', '<f4'), ('b', [('c]', '<i4', (2,))])]", false, [3]),
  ],
];

const BAD: readonly string[] = [
  '',
  '{}',
  '{',
  "{'descr': '<f4', 'fortran_order': False}",
  "{'descr': '<f4', 'shape': (2,)}",
  "{'fortran_order': False, 'shape': (2,)}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (3,)}",
  "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (2,)}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}",
  "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': [2]}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': (2.5,)}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': (1e3,)}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': (0x10,)}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': (2,}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
  "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}",
  "{'descr': 4, 'fortran_order': False, 'shape': (2,)}",
  "{'descr': __import__('os').getcwd(), 'fortran_order': False, 'shape': (2,)}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': (len('aa'),)}",
  "{'descr': '<f4', 'fortran_order': False, 'shape': (2,) + (3,)}",
  `{'descr': '<f4', 'fortran_order': False, 'shape': (${'9'.repeat(20)},)}`,
];

describe('formats: the header of .npy', () => {
  for (const [text, expected] of GOOD)
    it(text.trim(), () => assert.deepEqual(parseNpyHeader(text), expected));
  for (const text of BAD) it(`not: ${text}`, () => assert.equal(parseNpyHeader(text), undefined));

  it('any shape comes back', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.boolean(), (shape, fortranOrder) => {
        const tuple = `(${shape.map((length) => `${length},`).join(' ')})`;
        const text = `{'descr': '<f4', 'fortran_order': ${fortranOrder ? 'True' : 'False'}, 'shape': ${tuple}, }`;
        assert.deepEqual(parseNpyHeader(text), header('<f4', fortranOrder, shape));
      }),
    );
  });

  it('is read or refused whatever its text and length', () => {
    const start = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
    for (const end of [
      `(${'1,'.repeat(500_000)}`,
      `(${' '.repeat(1_000_000)}`,
      `(1${' '.repeat(1_000_000)}`,
      `(${'('.repeat(1_000_000)}`,
      '9'.repeat(1_000_000),
      '}'.repeat(1_000_000),
      `${'} '.repeat(500_000)}x`,
    ]) {
      assert.equal(parseNpyHeader(start + end), undefined);
    }
    assert.equal(parseNpyHeader(`${start}(${'1,'.repeat(500_000)})}`)?.shape.length, 500_000);
  });
});
