import assert from 'node:assert/strict';
import fc from 'fast-check';
import { count, figure, percent } from '../../../webview/format';

describe('webview: formatted figures', () => {
  const FIGURES: readonly [value: number | undefined | null, text: string][] = [
    [undefined, '–'],
    [null, '–'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '∞'],
    [Number.NEGATIVE_INFINITY, '−∞'],
    [-0, '0'],
    [1 / 3, '0.3333'],
    [-12345.678, '−12350'],
    [999999, '1000000'],
    [1e6, '1e6'],
    [5e-7, '5e−7'],
    [1.004e-7, '1e−7'],
    [0.0001, '0.0001'],
    [0.00009876, '9.88e−5'],
    [-1.5e-12, '−1.5e−12'],
    [Number.MAX_VALUE, '1.8e308'],
  ];
  for (const [value, text] of FIGURES) it(`${value} is ${text}`, () => assert.equal(figure(value), text));

  it('have the requested number of digits', () => {
    assert.deepEqual([figure(1.23456, 3), figure(1.23456, 2), figure(2e7, 2)], ['1.23', '1.2', '2e7']);
  });

  it('are within half a unit of their last digit', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e300, max: 1e300, noNaN: true }), (value) => {
        fc.pre(value === 0 || Math.abs(value) > 1e-300);
        const read = Number(figure(value).replaceAll('−', '-'));
        assert.ok(Math.abs(read - value) <= Math.abs(value) * 5.001e-3);
      }),
    );
  });

  it('have thousands where a library puts them', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) =>
        assert.equal(plainSpaces(count(value)), value.toLocaleString('en-US').replaceAll(',', ' ')),
      ),
    );
  });

  it('separate thousands', () => {
    assert.deepEqual([count(0), count(999), count(1234567)].map(plainSpaces), ['0', '999', '1 234 567']);
  });

  const PARTS: readonly [part: number, whole: number, text: string][] = [
    [0, 0, '0 %'],
    [0, 10, '0 %'],
    [10, 10, '100 %'],
    [1, 3, '33.3 %'],
    [1, 1e6, '<0.1 %'],
    [999, 1000, '99.9 %'],
    [9999, 10000, '>99.9 %'],
    [999999, 1e6, '>99.9 %'],
  ];
  for (const [part, whole, text] of PARTS) {
    it(`show ${part} of ${whole} as ${text}`, () => assert.equal(plainSpaces(percent(part, whole)), text));
  }

  it('show 0 % only for nothing and 100 % only for everything', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 2 ** 40 }), fc.double({ min: 0, max: 1 }), (whole, at) => {
        const text = plainSpaces(percent(Math.min(whole - 1, Math.max(1, Math.round(at * whole))), whole));
        assert.ok(text !== '0 %' && text !== '100 %', text);
      }),
    );
  });
});

/** Replaces non-breaking spaces by plain ones. */
function plainSpaces(text: string): string {
  return text.replaceAll(/[\u00a0\u2009\u202f]/g, ' ');
}
