import { expect, it } from 'vitest';
import { bytesSource } from '../../bytes-source.ts';
import { buildModel, type ModelSpec, type NodeSpec } from '../build/build-model.ts';
import { onnxFormat } from '../onnx-format.ts';

const value = (name: string) => ({ name, datatype: 'FP32' as const, shape: ['n', 2] });
const node = (op: string, inputs: string[], outputs: string[], more: Partial<NodeSpec> = {}): NodeSpec => ({
  ...{ op, inputs, outputs },
  ...more,
});
const flag = (name: string, on: boolean) => ({ name, datatype: 'BOOL' as const, shape: [], values: [on ? 1 : 0] });
const ratio = { name: 'ratio', datatype: 'FP32' as const, shape: [], values: [0.5] };

async function isRandom(nodes: NodeSpec[], more: Partial<ModelSpec> = {}): Promise<boolean> {
  const bytes = buildModel({ inputs: [value('X')], outputs: [value('Y')], nodes, ...more });
  const verdict = await onnxFormat.inspect(bytesSource(bytes));
  if (!verdict.ok) throw new Error(verdict.message);
  expect(verdict.summary.findings.some(({ code }) => code === 'NonDeterministic')).toBe(verdict.summary.flags.random);
  return verdict.summary.flags.random;
}

const noise = node('RandomNormalLike', ['X'], ['r']);
const branch = (nodes: NodeSpec[]) => ({ graph: { inputs: [], outputs: [value('b')], nodes } });
const own = { opset: { 'ai.onnx': 17, own: 1 } };

it.each<[string, NodeSpec[], Partial<ModelSpec>]>([
  ['whose output hangs on a random operator', [noise, node('Add', ['X', 'r'], ['Y'])], {}],
  ['that draws before it is asked to, out of order', [node('Add', ['X', 'r'], ['Y']), noise], {}],
  [
    'that draws in a branch, by a value from around it',
    [
      noise,
      node('Constant', [], ['c'], { attributes: { value: { tensor: { datatype: 'BOOL', shape: [], values: [1] } } } }),
      node('If', ['c'], ['Y'], {
        attributes: {
          then_branch: branch([node('Identity', ['r'], ['b'])]),
          else_branch: branch([node('Identity', ['X'], ['b'])]),
        },
      }),
    ],
    {},
  ],
  [
    'that draws in a function of its own',
    [node('f', ['X'], ['Y'], { domain: 'own' })],
    {
      ...own,
      functions: [
        { domain: 'own', name: 'f', inputs: ['a'], outputs: ['b'], nodes: [node('RandomNormalLike', ['a'], ['b'])] },
      ],
    },
  ],
  [
    'that drops out, being trained',
    [node('Dropout', ['X', 'ratio', 'training'], ['Y'])],
    { initializers: [ratio, flag('training', true)] },
  ],
])('a model %s draws at random', async (_, nodes, more) => {
  expect(await isRandom(nodes, more)).toBe(true);
});

it.each<[string, NodeSpec[], Partial<ModelSpec>]>([
  ['attack: whose random operator nobody uses', [noise, node('Relu', ['X'], ['Y'])], {}],
  [
    'attack: whose own function only has the name of a random operator',
    [node('Bernoulli', ['X'], ['Y'], { domain: 'own' })],
    {
      ...own,
      functions: [
        { domain: 'own', name: 'Bernoulli', inputs: ['a'], outputs: ['b'], nodes: [node('Relu', ['a'], ['b'])] },
      ],
    },
  ],
  [
    'that was exported with its dropout switched off',
    [node('Dropout', ['X', 'ratio', 'training'], ['Y'])],
    { initializers: [ratio, flag('training', false)] },
  ],
])('a model %s does not', async (_, nodes, more) => {
  expect(await isRandom(nodes, more)).toBe(false);
});
