import assert from 'node:assert/strict';
import { missingFrom } from '../../../src/findings/missingFrom';
import type { Finding } from '../../../src/model/findings';

function finding(kind: Finding['kind'], layers: readonly number[], changed: Partial<Finding> = {}): Finding {
  const [layer] = layers;
  const texts = { title: `${kind} ${layers}`, evidence: '', why: '', advice: '', refute: '' };
  return { kind, severity: 'warning', layers, ...(layer !== undefined && { layer }), ...texts, ...changed };
}

/** Layer n of the run belongs to layer n + 10 of the other one; 9 to none. */
const otherLayer = (id: number) => (id === 9 ? undefined : id + 10);

describe('findings that only one of two runs has', () => {
  const CASES: readonly [name: string, own: Finding, others: readonly Finding[], isMissing: boolean][] = [
    ['of another kind', finding('growth', [1]), [finding('depth', [11])], true],
    [
      'of the same kind in the layer that belongs to it',
      finding('growth', [1]),
      [finding('growth', [11])],
      false,
    ],
    ['of the same kind elsewhere', finding('growth', [1]), [finding('growth', [12])], true],
    ['of the same kind in the whole run', finding('growth', [1]), [finding('growth', [])], false],
    ['in a layer that nothing belongs to', finding('growth', [9]), [finding('growth', [19])], true],
    [
      'that follows from another there',
      finding('growth', [1]),
      [finding('depth', [12], { consequences: [finding('growth', [11])] })],
      false,
    ],
    ['of where the runs part', finding('runs-part', [1]), [], false],
  ];
  for (const [name, own, others, isMissing] of CASES) {
    it(`${isMissing ? 'include' : 'leave out'} one ${name}`, () =>
      assert.deepEqual(missingFrom([own], others, otherLayer), isMissing ? [own] : []));
  }

  it('include consequences', () => {
    const consequence = finding('depth', [2]);
    const own = finding('growth', [1], { consequences: [consequence] });
    assert.deepEqual(missingFrom([own], [finding('growth', [11])], otherLayer), [consequence]);
  });
});
