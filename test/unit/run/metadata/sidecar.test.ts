import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import fc from 'fast-check';
import { parseSidecar, SIDECAR_PROPERTIES, settingsFor } from '../../../../src/run/metadata/sidecar';

const schema = JSON.parse(readFileSync('media/normscope.schema.json', 'utf8'));
const PATH = 'file:///run/normscope.json';

const GOOD: readonly unknown[] = [
  {},
  { schema: 'normscope-run/1', $schema: './normscope.schema.json' },
  { name: 'digits', description: 'Two runs.', phase: 'train', epsilon: 1e-3, groups: 8 },
  { order: ['conv1', 'fc'], layers: {} },
  { order: [] },
  { scalarFiles: [] },
  { knobs: {} },
  { knobs: { lr: 0.1, width: 256, method: 'mup', affine: true } },
  { scalarFiles: [{ file: 'metrics.csv' }, { file: 'a b/ä..b/log.JSONL', step: 'iter', columns: ['loss'] }] },
  { steps: [0, 100, 250], layers: { conv1: { steps: [5] } } },
  { layers: { conv1: { layout: 'NCHW', module: 'torch.nn.Conv2d', epsilon: 1e-5, groups: 32 } } },
  { layers: { '*': { layout: 'C' }, 'a.*': { layout: 'LNC', phase: 'eval', momentum: 0.1 } } },
  { layers: { fc: { dtype: 'bfloat16', momentum: 0, source: { file: 'train.py', line: 12 } } } },
  { layers: { fc: { momentum: 1, source: { file: 'train.py' } } } },
  { layers: { norm: { class: 'model.LayerNorm2d', base: 'torch.nn.LayerNorm', ownForward: true } } },
  { layers: { norm: { attributes: { eps: 1e-5, momentum: null, affine: true, shape: [4, 2], pair: [] } } } },
  { recorder: { version: 3 }, layers: { fc: { hook: 'forward', source: { file: 'a', column: 3 } } } },
];

/** Documents with one wrong part, and the path of that part. */
const BAD: readonly [document: unknown, at: string][] = [
  [[], 'The metadata'],
  ['text', 'The metadata'],
  [null, 'The metadata'],
  [{ schema: 'normscope-run/2' }, 'schema'],
  [{ name: '' }, 'name'],
  [{ name: ' ' }, 'name'],
  [{ name: 3 }, 'name'],
  [{ description: null }, 'description'],
  [{ phase: true }, 'phase'],
  [{ epsilon: 0 }, 'epsilon'],
  [{ epsilon: -1e-5 }, 'epsilon'],
  [{ epsilon: '1e-5' }, 'epsilon'],
  [{ groups: 0 }, 'groups'],
  [{ groups: 2.5 }, 'groups'],
  [{ order: 'conv1' }, 'order'],
  [{ steps: [] }, 'steps'],
  [{ steps: [0, -1] }, 'steps'],
  [{ steps: 3 }, 'steps'],
  [{ layers: { a: { steps: [0.5] } } }, 'layers["a"].steps'],
  [{ order: ['conv1', 2] }, 'order'],
  [{ knobs: [] }, 'knobs'],
  [{ knobs: { lr: null } }, 'knobs'],
  [{ knobs: { lr: [0.1] } }, 'knobs'],
  [{ knobs: { method: ' ' } }, 'knobs'],
  [{ scalarFiles: 'metrics.csv' }, 'scalarFiles'],
  [{ scalarFiles: ['metrics.csv'] }, 'scalarFiles'],
  [{ scalarFiles: [{ step: 'step' }] }, 'scalarFiles'],
  [{ scalarFiles: [{ file: '' }] }, 'scalarFiles'],
  [{ scalarFiles: [{ file: '/etc/metrics.csv' }] }, 'scalarFiles'],
  [{ scalarFiles: [{ file: '../metrics.csv' }] }, 'scalarFiles'],
  [{ scalarFiles: [{ file: 'a/../../metrics.csv' }] }, 'scalarFiles'],
  [{ scalarFiles: [{ file: 'a\\..\\metrics.csv' }] }, 'scalarFiles'],
  [{ scalarFiles: [{ file: 'weights.pt' }] }, 'scalarFiles'],
  [{ scalarFiles: [{ file: 'a.csv', columns: 'loss' }] }, 'scalarFiles'],
  [{ scalarFiles: [{ file: 'a.csv', columns: [''] }] }, 'scalarFiles'],
  [{ scalarFiles: Array(101).fill({ file: 'a.csv' }) }, 'scalarFiles'],
  [{ layers: [] }, 'layers'],
  [{ layers: null }, 'layers'],
  [{ layers: { conv1: 'NCHW' } }, 'layers["conv1"]'],
  [{ layers: { conv1: { layout: 'nchw' } } }, 'layers["conv1"].layout'],
  [{ layers: { conv1: { layout: '' } } }, 'layers["conv1"].layout'],
  [{ layers: { conv1: { layout: 'NHW' } } }, 'layers["conv1"].layout'],
  [{ layers: { conv1: { layout: 'NCC' } } }, 'layers["conv1"].layout'],
  [{ layers: { conv1: { layout: 'NCN' } } }, 'layers["conv1"].layout'],
  [{ layers: { conv1: { layout: ['N', 'C'] } } }, 'layers["conv1"].layout'],
  [{ layers: { 'größe "x"': { module: 1 } } }, 'layers["größe \\"x\\""].module'],
  [{ layers: { fc: { momentum: 1.5 } } }, 'layers["fc"].momentum'],
  [{ layers: { fc: { momentum: null } } }, 'layers["fc"].momentum'],
  [{ layers: { fc: { dtype: 'bf16' } } }, 'layers["fc"].dtype'],
  [{ layers: { fc: { source: 'train.py' } } }, 'layers["fc"].source'],
  [{ layers: { fc: { source: { line: 3 } } } }, 'layers["fc"].source'],
  [{ layers: { fc: { source: { file: 'a', line: 0 } } } }, 'layers["fc"].source'],
  [{ layers: { fc: { phase: '' } } }, 'layers["fc"].phase'],
  [{ layers: { fc: { epsilon: false } } }, 'layers["fc"].epsilon'],
  [{ layers: { fc: { groups: -1 } } }, 'layers["fc"].groups'],
  [{ layers: { fc: { class: '' } } }, 'layers["fc"].class'],
  [{ layers: { fc: { base: 3 } } }, 'layers["fc"].base'],
  [{ layers: { fc: { ownForward: 'yes' } } }, 'layers["fc"].ownForward'],
  [{ layers: { fc: { attributes: ['eps'] } } }, 'layers["fc"].attributes'],
  [{ layers: { fc: { attributes: { eps: '1e-5' } } } }, 'layers["fc"].attributes'],
  [{ layers: { fc: { attributes: { shape: [[1]] } } } }, 'layers["fc"].attributes'],
];

describe('run: sidecar and its JSON Schema', () => {
  const validate = new Ajv({ strict: true }).compile(schema);

  for (const document of GOOD) {
    it(`both take ${JSON.stringify(document)}`, () => {
      assert.ok(validate(document), JSON.stringify(validate.errors));
      assert.deepEqual(parseSidecar(JSON.stringify(document), PATH).problems, []);
    });
  }

  for (const [document, at] of BAD) {
    it(`both refuse ${JSON.stringify(document)}`, () => {
      assert.ok(!validate(document));
      const { problems } = parseSidecar(JSON.stringify(document), PATH);
      assert.equal(problems.length, 1);
      assert.equal(problems[0].code, 'sidecar');
      assert.equal(problems[0].path, PATH);
      assert.ok(problems[0].message.startsWith(`${at} is ignored: expected `), problems[0].message);
    });
  }

  it('know the same properties', () => {
    assert.deepEqual(Object.keys(schema.properties).sort(), [...SIDECAR_PROPERTIES.run].sort());
    assert.deepEqual(
      Object.keys(schema.definitions.layer.properties).sort(),
      [...SIDECAR_PROPERTIES.layer].sort(),
    );
  });

  it('agree on any layout', () => {
    const letters = fc.string({ unit: fc.constantFrom('N', 'C', 'H', 'W', 'L', 'n', ' '), maxLength: 6 });
    fc.assert(
      fc.property(letters, (layout) => {
        const document = { layers: { x: { layout } } };
        const refused = parseSidecar(JSON.stringify(document), PATH).problems.length > 0;
        assert.equal(validate(document), !refused, layout);
      }),
      { numRuns: 1000 },
    );
  });

  it('every property of the schema has a description', () => {
    const layer = schema.definitions.layer.properties;
    for (const each of [...Object.values(schema.properties), ...Object.values(layer)]) {
      assert.ok((each as { description?: string }).description);
    }
  });
});

describe('run: sidecar', () => {
  it('keeps valid settings next to invalid ones', () => {
    const { sidecar, problems } = parseSidecar(
      '{"name": "x", "groups": "8", "layers": {"a": {"layout": "NC", "epsilon": 0}, "b": 3, "c": {"groups": 4}}}',
      PATH,
    );
    assert.equal(sidecar.name, 'x');
    assert.equal(sidecar.groups, undefined);
    assert.deepEqual(
      [...sidecar.layers],
      [
        ['a', { layout: 'NC' }],
        ['c', { groups: 4 }],
      ],
    );
    assert.deepEqual(
      problems.map(({ message }) => message.split(',')[0]),
      [
        'layers["a"].epsilon is ignored: expected a number greater than 0',
        'layers["b"] is ignored: expected an object',
        'groups is ignored: expected an integer >= 1',
      ],
    );
  });

  it('says that text is not JSON', () => {
    for (const wrong of ['', '{', '{"name": }', '\u0000', '['.repeat(100_000)]) {
      const { sidecar, problems } = parseSidecar(wrong, PATH);
      assert.equal(sidecar.layers.size, 0);
      assert.match(problems[0].message, /not valid JSON|nested more than 100 levels/);
      assert.equal(problems.length, 1);
    }
  });

  it('holds layers of any name', () => {
    const { sidecar } = parseSidecar(
      '{"__proto__": {"name": "no"}, "layers": {"__proto__": {"layout": "CN"}, "constructor": {"layout": "LC"}}}',
      PATH,
    );
    assert.equal(sidecar.name, undefined);
    assert.equal(settingsFor(sidecar, ['__proto__']).layout, 'CN');
    assert.equal(settingsFor(sidecar, ['constructor']).layout, 'LC');
    assert.equal(settingsFor(sidecar, ['toString']).layout, undefined);
  });

  it('takes any JSON without harm', () => {
    fc.assert(
      fc.property(fc.json(), (document) => {
        const { sidecar } = parseSidecar(document, PATH);
        settingsFor(sidecar, ['x']);
      }),
    );
  });

  it('lets the name override patterns, and later patterns earlier ones', () => {
    const { sidecar } = parseSidecar(
      JSON.stringify({
        epsilon: 1,
        groups: 2,
        layers: {
          'block.0': { layout: 'NC', epsilon: 5 },
          '*': { layout: 'NLC', epsilon: 3, module: 'all' },
          'block.*': { epsilon: 4, module: 'block' },
          short: { groups: 7 },
        },
      }),
      PATH,
    );
    assert.deepEqual(settingsFor(sidecar, ['block.0']), {
      layout: 'NC',
      epsilon: 5,
      groups: 2,
      module: 'block',
    });
    assert.deepEqual(settingsFor(sidecar, ['x']), { layout: 'NLC', epsilon: 3, groups: 2, module: 'all' });
    assert.equal(settingsFor(sidecar, ['act_short', 'short']).groups, 7);
  });
});
