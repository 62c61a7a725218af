import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addressOf,
  nodeOf,
  type PrivateKey,
  parseOipInputs,
  parsePlainInputs,
  parsePrivateKey,
  readOutputs,
  type SignedReceipt,
  signReceipt,
  type Tensor,
  tensorDigest,
  writeExactJson,
} from '@callable/protocol';
import { createReceipt, signInBatch } from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { judgeAnswer } from './judge-answer.ts';
import { readAnswer, type Tensors } from './read-answer.ts';

const node = parsePrivateKey('3'.repeat(64)) as PrivateKey;
const salt = '5a'.repeat(32);
const bytes = (text: string) => new TextEncoder().encode(text);
const tensors: Tensors = {
  inputs: [{ name: 'ids', datatype: 'INT64', shape: [-1] }],
  outputs: [
    { name: 'ids', datatype: 'INT64', shape: [-1] },
    { name: 'score', datatype: 'FP32', shape: [-1, 2] },
  ],
};

/** An answer of a node as a gateway writes it, with the receipt over just these bytes: one of version 1, one of version 3. */
function answersOf(request: string, outputs: string, encoding: 'plain' | 'oip' = 'plain') {
  const digest = (read: readonly Tensor[]) => {
    const hash = createHash('sha256');
    tensorDigest(read, Buffer.from(salt, 'hex'), hash);
    return hash.digest('hex');
  };
  const inputs =
    encoding === 'plain'
      ? parsePlainInputs(bytes(request), tensors.inputs)
      : parseOipInputs(bytes(request), tensors.inputs, tensors.outputs);
  if (!inputs.ok) throw new Error(inputs.problem.message);
  const read = Array.isArray(inputs.value) ? inputs.value : inputs.value.tensors;
  const digests = {
    inputs: digest(read),
    outputs: digest(readOutputs(bytes(outputs), { encoding, manifest: tensors }) ?? []),
  };
  const release = 'ab'.repeat(32);
  const hash = (...parts: (string | Uint8Array)[]) => {
    const of = createHash('sha256');
    for (const part of parts) of.update(part);
    return of.digest('hex');
  };
  const first = createReceipt({ release, node: addressOf(node), ...digests, response: hash(outputs) });
  const third = { ...digests, release, response: hash(Buffer.from(salt, 'hex'), outputs) };
  return { 1: signReceipt(first, node), 3: signInBatch(third, node) };
}

const request = '{"ids":[9007199254740993,-9223372036854775808]}';
const outputs = '{"ids":[9223372036854775807,-3],"score":[[0.1,-0],["NaN",1.5e+20]]}';
const answers = answersOf(request, outputs);
type Parts = { outputs?: string; request?: string; salt?: string; tensors?: object | null };
const saver =
  (receipt: SignedReceipt) =>
  (parts: Parts = {}) =>
    `{"outputs":${parts.outputs ?? outputs},"proof":{"tensors":${JSON.stringify(parts.tensors === undefined ? tensors : parts.tensors)},"request":${parts.request ?? request}},"digest":"sha256:${receipt.release}","node":"${nodeOf(receipt)}","receipt":${JSON.stringify(receipt)},"salt":"${parts.salt ?? salt}"}`;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-answer-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function judge(text: string | Uint8Array, known: Tensors | null = null) {
  await writeFile(join(directory, 'answer.json'), text);
  const answer = await readAnswer(join(directory, 'answer.json'), 'answer.json');
  const findings = judgeAnswer(answer, answer.tensors ?? known);
  const said = Object.fromEntries(findings.map(({ what, outcome }) => [what, outcome]));
  return { ...said, decisive: findings.filter(({ decisive }) => decisive).map(({ what }) => what) };
}

const whole = { outputs: 'checked', inputs: 'checked', decisive: [] };

describe.each([1, 3] as const)('with a receipt of version %s', (version) => {
  const receipt = answers[version];
  const saved = saver(receipt);
  test('an answer that was saved as it came is proved, outputs and inputs, INT64 to the last digit', async () => {
    expect(await judge(saved())).toMatchObject(whole);
  });

  test('so is one that a tool wrote anew: other blanks, escapes, spellings and order', async () => {
    const spaced = '{ "score": [[1e-1, -0.0], ["NaN", 150000000000000000000]],\n "ids": [9223372036854775807, -3] }';
    expect(await judge(saved({ outputs: spaced, request: `${request.replace(',', ', ')}` }))).toMatchObject(whole);
    const { receipt: signed, ...rest } = { receipt, outputs: { ids: [9223372036854775807n, -3] } };
    expect(await judge(writeExactJson({ ...rest, receipt: signed, salt }))).toMatchObject({ outputs: 'unchecked' });
  });

  test('attack: an altered answer is found: another digit, another number, another text, another order', async () => {
    for (const altered of [
      outputs.replace('9223372036854775807', '9223372036854775806'),
      outputs.replace('0.1', '0.10001'),
      outputs.replace('-0]', '0]'),
      outputs.replace('"NaN"', '0'),
      outputs.replace('[9223372036854775807,-3]', '[-3,9223372036854775807]'),
      outputs.replace('-3', '"-3"'),
      '{}',
    ]) {
      expect(await judge(saved({ outputs: altered })), altered).toMatchObject({ outputs: 'failed' });
      // Whoever alters it may drop what proves it as well: then nothing is proved.
      const dropped = await judge(saved({ outputs: altered, tensors: null }));
      expect(dropped, altered).toMatchObject({ outputs: 'unchecked', decisive: expect.arrayContaining(['outputs']) });
      expect(await judge(saved({ outputs: altered, tensors: null }), tensors)).toMatchObject({ outputs: 'failed' });
    }
  });

  test('attack: altered inputs are found, also where only the last digit differs', async () => {
    for (const altered of [request.replace('993', '992'), '{"ids":[]}', '{"ids":["a"]}', '{"other":[1]}'])
      expect(await judge(saved({ request: altered })), altered).toMatchObject({ outputs: 'checked', inputs: 'failed' });
  });

  test('attack: another salt or other shapes are found, and say nothing of the inputs', async () => {
    const other = await judge(saved({ salt: '5b'.repeat(32) }));
    // Version 3 signs the outputs behind the salt, so with another one they are not what was signed.
    expect(other).toMatchObject(version === 3 ? { outputs: 'failed' } : { outputs: 'checked', salt: 'failed' });
    if (version === 1) expect(other).not.toHaveProperty('inputs');
    const shapes = { ...tensors, outputs: tensors.outputs.map((spec) => ({ ...spec, datatype: 'FP64' })) };
    expect(await judge(saved({ tensors: shapes }))).toMatchObject({ salt: 'failed' });
  });

  test('attack: a release or a node beside the receipt that the receipt does not name', async () => {
    const renamed = saved().replace(`"digest":"sha256:${receipt.release}"`, `"digest":"sha256:${'cd'.repeat(32)}"`);
    expect(await judge(renamed)).toMatchObject({ answer: 'failed' });
    expect(
      await judge(saved().replace(`"node":"${nodeOf(receipt)}","receipt"`, '"node":"0x00","receipt"')),
    ).toMatchObject({
      answer: 'failed',
    });
  });

  test('what curl saved without ?proof=1 proves its outputs by their bytes, and says that the inputs are open', async () => {
    const plain = `{"outputs":${outputs},"receipt":${JSON.stringify(receipt)}}`;
    const salted = plain.replace(/}$/, `,"salt":"${salt}"}`);
    const proved = { outputs: 'checked', inputs: 'unchecked', decisive: [] };
    expect(await judge(salted)).toMatchObject({ outputs: 'checked' });
    expect(await judge(plain)).toMatchObject(version === 3 ? { outputs: 'unchecked', decisive: ['outputs'] } : proved);
  });

  test('a receipt alone proves no answer: the first thing that is said', async () => {
    expect(await judge(JSON.stringify(receipt))).toMatchObject({ outputs: 'unchecked', decisive: ['outputs'] });
  });

  test('a file from PowerShell (UTF-16) and one with a byte order mark are read', async () => {
    expect(await judge(Buffer.from(`\ufeff${saved()}`, 'utf16le'))).toMatchObject(whole);
    expect(await judge(`\ufeff${saved()}`)).toMatchObject(whole);
  });
});

test.each([1, 3] as const)(
  'an answer of the Open Inference Protocol with version %s is proved alike',
  async (version) => {
    const body = '{"inputs":[{"name":"ids","datatype":"INT64","shape":[1],"data":[9007199254740993]}],"id":"7"}';
    const list = '[{"name":"ids","datatype":"INT64","shape":[1],"data":[9007199254740993]}]';
    const signed = answersOf(body, list, 'oip')[version];
    const text = (data: string) =>
      `{"model_name":"x","outputs":${data},"proof":{"receipt":${JSON.stringify(signed)},"salt":"${salt}","tensors":${JSON.stringify(tensors)},"request":${body}}}`;
    expect(await judge(text(list))).toMatchObject(whole);
    expect(await judge(text(list.replace(',"shape"', ', "shape"')))).toMatchObject(whole);
    expect(await judge(text(list.replace('993', '992')))).toMatchObject({ outputs: 'failed' });
  },
);
