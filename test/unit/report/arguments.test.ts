import assert from 'node:assert/strict';
import { DEFAULT_OPTIONS } from '../../../src/model/analysis';
import { ArgumentError, type Arguments, parseArguments, USAGE } from '../../../src/report/arguments';

function parsed(...argv: string[]): Arguments {
  const result = parseArguments(argv);
  assert.ok(result !== 'help');
  return result;
}

describe('report arguments', () => {
  it('a path alone means the defaults', () => {
    assert.deepEqual(parsed('run'), {
      paths: ['run'],
      options: DEFAULT_OPTIONS,
      layouts: new Map(),
      statistics: false,
      format: 'json',
    });
  });

  const option = (...argv: string[]) => parsed('run', ...argv).options;
  const accepted: [string, unknown, unknown][] = [
    ['several paths', parsed('a', '--statistics', 'b').paths, ['a', 'b']],
    ['a path after --', parsed('--', '--odd').paths, ['--odd']],
    ['--groups', option('--groups', '8').groups, 8],
    ['--eps', option('--eps', '1e-3').epsilon, 1e-3],
    ['--layer-scope example', option('--layer-scope', 'example').layerScope, 'example'],
    ['--layer-scope position', option('--layer-scope', 'position').layerScope, 'position'],
    [
      '--percentiles, sorted and without repeats',
      option('--percentiles', '99,1, 50,1,0.5').percentiles,
      [0.5, 1, 50, 99],
    ],
    ['--reference first', option('--reference', 'first').reference, 'first'],
    ['--reference previous', option('--reference', 'previous').reference, 'previous'],
    ['--reference 0', option('--reference', '0').reference, 0],
    ['--reference=200', option('--reference=200').reference, 200],
    ['--statistics', parsed('run', '--statistics').statistics, true],
    ['--format csv', parsed('run', '--format', 'csv').format, 'csv'],
    ['--format md', parsed('run', '--format', 'md').format, 'md'],
    ['--out', parsed('run', '--out', 'r.json').out, 'r.json'],
    [
      '--layout, again for other layers; a layer may have = in its name',
      parsed('run', '--layout', 'conv1=NHWC', '--layout', 'a=b=NC').layouts,
      new Map([
        ['conv1', 'NHWC'],
        ['a=b', 'NC'],
      ]),
    ],
  ];
  for (const [name, actual, expected] of accepted) it(name, () => assert.deepEqual(actual, expected));

  const refused: [readonly string[], RegExp][] = [
    [[], /Missing PATH/],
    [['--statistics'], /Missing PATH/],
    [['run', '--group', '8'], /--group/],
    [['run', '--statistics=yes'], /--statistics/],
    [['run', '--out'], /--out/],
    [['run', '--groups', '0'], /--groups 0: expected a whole number from 1/],
    [['run', '--groups', '2.5'], /--groups 2\.5/],
    [['run', '--groups', ''], /--groups/],
    [['run', '--groups', 'many'], /--groups many/],
    [['run', '--eps', '0'], /--eps 0: expected a number between 0 and 1/],
    [['run', '--eps=-1e-5'], /--eps -1e-5/],
    [['run', '--eps', 'small'], /--eps small/],
    [['run', '--layer-scope', 'channel'], /--layer-scope channel: expected auto, example, position/],
    [['run', '--percentiles', ''], /--percentiles/],
    [['run', '--percentiles', '15,,85'], /--percentiles 15,,85/],
    [['run', '--percentiles', '15;85'], /--percentiles 15;85/],
    [['run', '--percentiles', '50,101'], /numbers from 0 to 100/],
    [['run', '--percentiles=-1,50'], /numbers from 0 to 100/],
    [['run', '--reference', 'last'], /--reference last: expected first, previous or a step/],
    [['run', '--reference', ' '], /--reference/],
    [['run', '--format', 'yaml'], /--format yaml: expected json, csv, md/],
    [['run', '--layout', 'NCHW'], /--layout NCHW: expected LAYER=LAYOUT/],
    [['run', '--layout', '=NCHW'], /expected LAYER=LAYOUT/],
    [['run', '--layout', 'conv1=nchw'], /capital letter per axis/],
    [['run', '--layout', 'conv1=NHW'], /exactly one C/],
    [['run', '--layout', 'conv1=NNC'], /at most one N/],
  ];
  for (const [argv, message] of refused) {
    it(`refuses ${argv.join(' ') || 'nothing at all'}`, () => {
      assert.throws(
        () => parseArguments([...argv]),
        (error) => error instanceof ArgumentError && message.test(error.message),
      );
    });
  }

  it('help has priority, and names every flag', () => {
    assert.equal(parseArguments(['--help']), 'help');
    assert.equal(parseArguments(['-h', '--groups', 'x']), 'help');
    const flags = 'layout groups eps layer-scope percentiles reference statistics format out'.split(' ');
    assert.deepEqual(
      flags.filter((flag) => !USAGE.includes(`--${flag} `)),
      [],
    );
  });
});
