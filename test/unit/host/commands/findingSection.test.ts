import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { findingSection } from '../../../../src/host/commands/findingSection';

const PAGE = readFileSync('docs/findings.md', 'utf8');

describe('host: the section that defines a finding', () => {
  it('begins with its heading and ends before the next', () => {
    const section = findingSection(PAGE, 'declared');
    assert.match(section ?? '', /^## A layer does not do what it declares\n/u);
    assert.equal(section?.match(/^## /gmu)?.length, 1);
  });

  it('is one for each kind that the page names', () => {
    const kinds = [...PAGE.matchAll(/Kind `([a-z-]+)`/gu)].map(([, kind]) => kind);
    assert.ok(kinds.length > 20);
    for (const kind of kinds) assert.match(findingSection(PAGE, kind) ?? '', /^## /u, kind);
  });

  it('is none for a kind that the page does not name', () => {
    assert.equal(findingSection(PAGE, 'nothing'), undefined);
  });
});
