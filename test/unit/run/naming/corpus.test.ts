import assert from 'node:assert/strict';
import type { RunCatalog } from '../../../../src/model/catalog';
import type { Readings } from '../../../../src/model/questions';
import { recordsOf } from '../trees';
import { CORPUS } from './corpus';
import { catalogOfFiles } from './runFiles';

/** The readings that a person can choose: of each question one, the others as they are guessed. */
function choices({ questions = [] }: RunCatalog): readonly Readings[] {
  return questions.reduce<Readings[]>(
    (all, { id, guess, others }) =>
      all.flatMap((each) => [guess, ...others].map((reading) => ({ ...each, [id]: reading }))),
    [{}],
  );
}

describe('run: layouts as scripts write them', () => {
  it('are at least 150', () => assert.ok(CORPUS.length >= 150, `${CORPUS.length}`));

  let answered = 0;
  for (const [what, files, records] of CORPUS) {
    it(what, () => {
      const expected = [...records].sort();
      const read = (readings?: Readings) => [...recordsOf(catalogOfFiles(files, readings))].sort();
      const catalog = catalogOfFiles(files);
      assert.deepEqual(
        catalog.unrecognized.map(({ reason }) => reason),
        [],
      );
      if (read().join('\n') === expected.join('\n')) return;
      // In doubt: one of the readings that the person is offered is the right one.
      answered++;
      const offered = choices(catalog).map(read);
      assert.ok(
        offered.some((each) => each.join('\n') === expected.join('\n')),
        `expected ${expected.join('; ')}, found ${offered.map((each) => each.join('; ')).join(' or ')}`,
      );
    });
  }

  it('are read right without an answer in at least nine of ten', () => {
    assert.ok(answered <= CORPUS.length / 10, `${answered} of ${CORPUS.length} need an answer`);
  });
});
