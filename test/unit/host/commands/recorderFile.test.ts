import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { recorderVersion, whatIsThere } from '../../../../src/host/commands/recorderFile';

const OURS = readFileSync('media/recorder/normscope.py', 'utf8');
const own = recorderVersion(OURS) ?? '';

function versioned(version: string): string {
  return OURS.replace(`__version__ = "${own}"`, `__version__ = "${version}"`);
}

describe('host: an existing recorder file', () => {
  it('has a version', () => assert.match(own, /^\d+\.\d+\.\d+$/u));

  const CASES = [
    ['the same', OURS, { kind: 'same' }],
    ['the same with other line endings', OURS.replaceAll('\n', '\r\n'), { kind: 'same' }],
    ['an older one', versioned('0.9.12'), { kind: 'older', version: '0.9.12' }],
    ['a newer one', versioned('10.0.0'), { kind: 'newer', version: '10.0.0' }],
    ['a changed one', `${OURS}# mine\n`, { kind: 'changed', version: own }],
    ['a file of the same name', '__version__ = "0.1.0"\n', { kind: 'foreign' }],
    ['a class of the same name', 'class Recorder:\n    pass\n', { kind: 'foreign' }],
    ['an empty file', '', { kind: 'foreign' }],
  ] as const;
  for (const [what, existing, expected] of CASES) {
    it(what, () => assert.deepEqual(whatIsThere(existing, OURS), expected));
  }
});

describe('the Python snippet', () => {
  it('is a training loop around the recorder, with placeholders', () => {
    const snippets = JSON.parse(readFileSync('media/recorder/snippets.json', 'utf8'));
    const [{ prefix, body }] = Object.values<{ prefix: string; body: string[] }>(snippets);
    assert.equal(prefix, 'normscope');
    const text = body.join('\n').replaceAll(/\$\{\d+:([^}]*)\}/gu, '$1');
    assert.match(text, /^from normscope import Recorder$/mu);
    assert.match(text, /^recorder = Recorder\(model, "runs\/bn"\)$/mu);
    assert.match(text, /^ {4}recorder\.step\(step, loss=loss\)$/mu);
  });
});
