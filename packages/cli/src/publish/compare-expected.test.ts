import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Datatype } from '@callable/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareExpected } from './compare-expected.ts';
import { parseTolerance } from './parse-tolerance.ts';
import { readExpected } from './read-expected.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-expected-'));
});
afterAll(() => rm(directory, { recursive: true }));

const value = (name: string, datatype: Datatype, shape: number[]) => ({
  ...{ name, datatype, type: datatype },
  ...{ shape, rankKnown: true },
});
const classifier = [value('label', 'INT64', [-1]), value('p', 'FP32', [-1, 2])];
const usual = { rtol: 1e-3, atol: 1e-5 };

/** What came of comparing the graph's answers with the text of a file. */
async function compare(
  outputs: ReturnType<typeof value>[],
  graph: string,
  text: string,
  more: { trees?: boolean; inputs?: string; tolerance?: string } = {},
) {
  const path = join(directory, 'out.json');
  await writeFile(path, text);
  const expected = await readExpected(
    path,
    outputs.map(({ name }) => name),
  );
  return compareExpected(
    { inputs: more.inputs ?? '{}', outputs: graph, outputValues: JSON.parse(graph), tolerance: usual },
    { ...expected, path: 'out.json' },
    more.tolerance === undefined ? null : parseTolerance(more.tolerance),
    { outputs, flags: { reproducible: true, random: false, trees: more.trees ?? false } },
  );
}

const graph = '{"label":[1,0],"p":[[0.25,0.75],[0.9,0.1]]}';

describe('the framework and the graph agree', () => {
  it('the vector holds what the framework said, and says of which outputs', async () => {
    const agreed = await compare(classifier, graph, '{"label":[1,0],"p":[[0.2500001,0.75],[0.9,0.1]]}');
    expect(agreed).toMatchObject({ expected: ['label', 'p'], tolerance: usual, notices: [] });
    expect(JSON.parse(agreed.outputs)).toEqual({
      label: [1, 0],
      p: [
        [0.2500001, 0.75],
        [0.9, 0.1],
      ],
    });
  });

  it('an output the file is silent about is what the graph answered, and said', async () => {
    const agreed = await compare(classifier, graph, '{"label":[1,0]}');
    expect(agreed.expected).toEqual(['label']);
    expect(JSON.parse(agreed.outputs)).toHaveProperty('p');
    expect(agreed.notices).toEqual([expect.stringContaining('says nothing of p')]);
  });

  it('INT64 keeps every digit', async () => {
    const id = [value('id', 'INT64', [-1])];
    const agreed = await compare(id, '{"id":[9007199254740993]}', '{"id":[9007199254740993]}');
    expect(agreed.outputs).toBe('{"id":[9007199254740993]}');
    await expect(compare(id, '{"id":[9007199254740993]}', '{"id":[9007199254740992]}')).rejects.toMatchObject({
      message: expect.stringContaining('9007199254740993 from the graph and 9007199254740992 in out.json'),
    });
  });

  it('a list is the one output, an axis of one element is a matter of form, and Python’s bare NaN is NaN', async () => {
    const y = [value('y', 'FP32', [-1, 1])];
    const agreed = await compare(y, '{"y":[[1.5],["NaN"],["-Infinity"]]}', '\ufeff[1.5, NaN, -Infinity]');
    expect(agreed.outputs).toBe('{"y":[[1.5],["NaN"],["-Infinity"]]}');
  });

  it('who used up more than half of the tolerance here gets twice of it on other machines', async () => {
    const y = [value('y', 'FP32', [-1])];
    expect((await compare(y, '{"y":[1.0009]}', '[1]')).tolerance).toEqual({ rtol: 2e-3, atol: 2e-5 });
    expect((await compare(y, '{"y":[1.0001]}', '[1]')).tolerance).toEqual(usual);
    expect((await compare(y, '{"y":[1.01]}', '[1]', { tolerance: '0.05,0' })).tolerance).toEqual({
      rtol: 0.05,
      atol: 0,
    });
  });
});

describe('the framework and the graph differ', () => {
  it.each([
    [
      'a probability, with its place, both values and the tolerance',
      ['{"p":[[0.25,0.75],[0.9,0.2]]}', {}],
      'The output p[1][1] is 0.1 from the graph and 0.2 in out.json. The tolerance is 0.001 of the value plus 0.00001.',
      'evaluation mode',
    ],
    ['rounding', ['{"p":[[0.25,0.75],[0.9,0.101]]}', {}], 'p[1][1] is 0.1 from', '--tolerance 0.02'],
    [
      'a missing value in trees',
      ['{"p":[[0.9,0.1],[0.9,0.1]]}', { trees: true, inputs: '{"X":[["NaN"]]}' }],
      'p[0][',
      'nodes_missing_value_tracks_true',
    ],
    ['other branches of trees', ['{"p":[[0.9,0.1],[0.9,0.1]]}', { trees: true }], 'p[0][', 'doubles became floats'],
    ['a class', ['{"label":[1,1]}', {}], 'label[1] is 0 from the graph and 1 in out.json.', 'renumber'],
    ['NaN', ['{"p":[[0.25,0.75],[0.9,"NaN"]]}', {}], '0.1 from the graph and NaN in out.json', 'no finite number'],
    ['several outputs', ['{"label":[1,1],"p":[[1,1],[1,1]]}', {}], 'p differ too.', 'renumber'],
    ['a shape', ['{"p":[[0.25,0.75]]}', {}], 'shape [2,2] from the graph and [1,2] in out.json', 'this very example'],
  ] as const)('%s', async (_, [text, more], message, next) => {
    await expect(compare(classifier, graph, text, more)).rejects.toMatchObject({
      code: 'ExpectedDiffers',
      message: expect.stringContaining(message),
      next: expect.stringMatching(new RegExp(`^Nothing was uploaded\\..*${next}`)),
    });
  });
});

describe('a file that does not fit', () => {
  it.each([
    [
      'class names for numbers',
      '{"label":["a","b"]}',
      '`label` is INT64 but holds a string; write numbers.',
      'class names',
    ],
    ['null for a missing value', '{"p":[[null,1],[1,1]]}', 'holds null', '"NaN"'],
    ['a number no INT64 holds', '{"label":[1.5,0]}', '`label` holds 1.5', 'uploaded'],
    [
      'an output the model has not',
      '{"probs":[1]}',
      'no output of the model. Its outputs are label, p.',
      '"label":[…]',
    ],
    ['a list without names', '[1,0]', 'a list without names, and the model has 2 outputs: label, p', '"label":[…]'],
    ['nothing', '{}', 'are empty', '"label":[…]'],
    ['no JSON', 'label: 1', 'are not valid JSON', '"label":[…]'],
    ['a number', '3', 'neither object nor list', '"label":[…]'],
  ])('%s', async (_, text, message, next) => {
    await expect(compare(classifier, graph, text)).rejects.toMatchObject({
      code: 'ExpectedInvalid',
      message: expect.stringContaining(message),
      next: expect.stringContaining(next),
    });
  });

  it('a file that is not there is named', async () => {
    await expect(readExpected(join(directory, 'none.json'), ['y'])).rejects.toMatchObject({ code: 'FileUnreadable' });
  });

  it.each(['', '2', '-1', '0.1,', '0.1,-1', 'a', '0.1,1,1'])('--tolerance %s is no tolerance', (text) => {
    expect(() => parseTolerance(text)).toThrow('is no tolerance');
  });
});
