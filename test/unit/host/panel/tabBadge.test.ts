import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tabBadge } from '../../../../src/host/panel/tabBadge';

describe('host: the badge of a panel’s tab', () => {
  it('counts causes and shows the worst of them, in icons that exist', () => {
    const badges = (['none', 'warning', 'error'] as const).map((severity) =>
      tabBadge('run', { severity, sentence: 'It is so.', causes: severity === 'none' ? 0 : 2 }),
    );
    assert.deepEqual(
      badges.map(({ title }) => title),
      ['Normscope: run', 'Normscope: run (2)', 'Normscope: run (2)'],
    );
    const icons = badges.flatMap(({ light, dark }) => [light, dark]);
    assert.equal(new Set(icons).size, 6);
    for (const icon of icons) assert.ok(existsSync(join('media', icon)), icon);
  });

  it('is none before there is a verdict', () =>
    assert.deepEqual(
      tabBadge('run', undefined),
      tabBadge('run', { severity: 'none', sentence: '', causes: 0 }),
    ));
});
