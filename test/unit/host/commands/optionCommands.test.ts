import assert from 'node:assert/strict';
import { chooseOption } from '../../../../src/host/commands/optionCommands';
import type { Session } from '../../../../src/host/session/session';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { OptionChanges, OptionName } from '../../../../src/protocol/panelApi';
import { person } from '../../../contract/vscodeStub';
import { catalogOf } from '../../model/samples';

/** No other runs to compare with. */
const NONE = { sessions: [], recent: [], referenceTo: () => assert.fail('No other run is chosen.') };

/** A run of two layers with two axes, and the changes of its options. */
function run() {
  const changes: Partial<OptionChanges>[] = [];
  const session = {
    catalog: catalogOf(['a', 'b'], [0, 10]),
    options: { ...DEFAULT_OPTIONS, layouts: { 'net.b': 'CN' } },
    setOptions: (change: Partial<OptionChanges>) => changes.push(change),
  } as unknown as Session;
  return { session, changes };
}

/** Answers of the person, one for each dialog: the beginning of the label to choose, or the text to enter. */
function answers(...given: readonly string[]) {
  const left = [...given];
  person.answer = (choices) => {
    const answer = left.shift();
    return choices.length === 0 ? answer : choices.find((choice) => answer && choice.includes(answer));
  };
}

describe('host: the dialog of an option', () => {
  afterEach(() => {
    person.asked.length = 0;
    person.answer = () => undefined;
  });

  const CHOSEN: readonly [option: OptionName, answers: readonly string[], changes: Partial<OptionChanges>][] =
    [
      ['reference', ['Previous step'], { reference: 'previous' }],
      ['reference', ['Step 10'], { reference: 10 }],
      ['groups', ['4'], { groups: 4 }],
      ['groups', [''], { groups: null }],
      ['epsilon', ['1e-3'], { epsilon: 1e-3 }],
      ['epsilon', [''], { epsilon: null }],
      ['percentiles', ['Other', '95, 5'], { percentiles: [5, 95] }],
      ['layout', ['CN', 'Only a'], { layouts: { 'net.a': 'CN', 'net.b': 'CN' } }],
      ['layout', ['NC', 'All 2 layers'], { layouts: { 'net.a': 'NC', 'net.b': 'NC' } }],
    ];
  for (const [option, given, changes] of CHOSEN) {
    it(`sets ${option} to ${given.join(', ') || 'the layer’s own'}`, async () => {
      answers(...given);
      const under = run();
      await chooseOption(under.session, option, 0, NONE);
      assert.deepEqual(under.changes, [changes]);
    });
  }

  for (const option of ['reference', 'groups', 'epsilon', 'percentiles', 'layout'] as const) {
    it(`changes nothing where the dialog of ${option} is cancelled`, async () => {
      const under = run();
      await chooseOption(under.session, option, 0, NONE);
      assert.equal(person.asked.length, 1);
      assert.deepEqual(under.changes, []);
    });
  }

  const AXES: readonly [axes: string, answer: string, reading: string][] = [
    ['...', 'Axis 1 Is 5 Layers', '.l.'],
    ['...', 'Axis 0 Is 40 Steps', 's..'],
    ['.l.', 'Axis 0 Is 40 Steps', 'sl.'],
    ['.l.', 'Axis 2 Is 16 Layers', '..l'],
    ['.l.', 'One Layer at One Step', '...'],
  ];
  for (const [axes, answer, reading] of AXES) {
    it(`reads the axes ${axes} of an array as ${reading} by “${answer}”, and keeps other readings`, async () => {
      answers(answer);
      const under = run();
      const [layer, ...others] = under.session.catalog?.layers ?? [];
      const array = { name: 'acts_#', shape: [40, 5, 16], axes };
      Object.assign(under.session, {
        catalog: { ...under.session.catalog, layers: [{ ...layer, array }, ...others] },
        options: { ...under.session.options, readings: { numbers: 'layer' } },
      });
      await chooseOption(under.session, 'layout', 0, NONE);
      assert.deepEqual(under.changes, [{ readings: { numbers: 'layer', 'axes:acts_#': reading } }]);
    });
  }

  it('refuses what is no value, in words', async () => {
    for (const [option, text, words] of [
      ['groups', '0', 'Enter a whole number, 1 or greater.'],
      ['epsilon', '2', 'Enter a number greater than 0 and at most 1, for example 1e-5.'],
    ] as const) {
      answers(text);
      const under = run();
      await chooseOption(under.session, option, undefined, NONE);
      assert.deepEqual([person.asked.at(-1), under.changes], [words, []]);
    }
  });
});
