import { buildModel } from '@callable/formats/build';
import {
  type AuditView,
  addressOf,
  hexOfDigest,
  parsePrivateKey,
  type SignedReceipt,
  signReceipt,
  zeroAddress,
  zeroBytes32,
} from '@callable/protocol';
import { createClient } from '@callable/sdk';
import { createReceipt, createRelease, doublingRelease, factsOf, type Release, sha256 } from '@callable/stand-ins';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CheckContext, openCheckContext } from '../../test/open-check-context.ts';
import type { CachedRelease } from '../cache/cached-release.ts';
import { encodeCall } from '../kept-calls/kept-call-format.ts';
import { auditCall } from './audit-call.ts';
import { rerunCall } from './rerun-call.ts';

let checks: CheckContext;
beforeAll(async () => {
  checks = await openCheckContext();
});
afterAll(() => checks[Symbol.asyncDispose]());

const signal = AbortSignal.timeout(120_000);
const key = parsePrivateKey('11'.repeat(32))!;
const salt = 'ab'.repeat(32);

type Encoding = 'plain' | 'oip';

/** What a node would have answered and signed, after which it is bent as an attacker likes. */
async function serve(release: CachedRelease, inputs: string, encoding: Encoding = 'plain') {
  const call = {
    receipt: '',
    release: release.digest,
    encoding,
    salt,
    at: 0,
    inputs: Buffer.from(inputs),
    outputs: Buffer.alloc(0),
  };
  const { verdict } = await rerunCall('native', contextWith(Buffer.alloc(0)), release, call, signal);
  if (!verdict.ok) throw new Error(JSON.stringify(verdict));
  return {
    call: { ...call, outputs: Buffer.from(verdict.body) },
    inputs: verdict.inputDigest,
    outputs: verdict.outputDigest,
  };
}
type Served = Awaited<ReturnType<typeof serve>>;

/** A hub that hands out these bytes as the call that was shown. */
const contextWith = (shown: Uint8Array) => ({
  ...checks.context,
  hub: createClient('http://hub', {
    ...{ key, audiences: { hub: addressOf(key) } },
    fetch: async () => new Response(Buffer.from(shown)),
  }),
});

function auditOf(release: CachedRelease, served: Served, change: Partial<AuditView> = {}): AuditView {
  const { call, inputs, outputs } = served;
  const said = { release: hexOfDigest(release.digest), inputs, outputs, response: sha256(call.outputs) };
  const signed: SignedReceipt = signReceipt(createReceipt({ ...said, node: addressOf(key), seq: 1 }), key);
  return {
    ...{ receipt: 'cd'.repeat(32), kind: 'call', node: addressOf(key), release: release.digest, stage: 'run' },
    ...{ message: '', outcome: null, exact: false, auditors: [], auditClass: 1, tolerance: 2e-5, disclosedAt: null },
    ...{ checkpoint: { size: 1, root: zeroBytes32 }, drawnAt: '', signed },
    ...change,
  } as AuditView;
}
async function audit(
  release: CachedRelease,
  served: Served,
  change: Partial<AuditView> = {},
  shown = encodeCall(served.call),
) {
  return await auditCall(contextWith(shown), auditOf(release, served, change), release, signal);
}
const withOutputs = (served: Served, text: string): Served => ({
  ...served,
  call: { ...served.call, outputs: Buffer.from(text) },
});

const oip = '{"inputs":[{"name":"x","datatype":"FP32","shape":[2],"data":[1,2.5]}]}';

test.each<[Encoding, string]>([
  ['plain', '{"x":[1,2.5]}'],
  ['oip', oip],
])('an honest answer is confirmed, natively and on wasm (%s)', async (encoding, inputs) => {
  const release = await checks.place(doublingRelease());
  const served = await serve(release, inputs, encoding);
  for (const exact of [false, true]) {
    const found = await audit(release, served, { exact });
    expect(found).toMatchObject({ ok: true, reason: 'AnswerConfirmed', difference: 0, exact });
    expect(found.runtime).toContain(exact ? 'onnxruntime-web' : 'onnxruntime-node');
  }
});

test('an answer whose receipt stands in a batch is confirmed by its salt, and no other answer passes for it', async () => {
  const release = await checks.place(doublingRelease());
  const served = await serve(release, '{"x":[1,2.5]}');
  const { inputs, outputs } = served;
  const response = sha256(Buffer.concat([Buffer.from(salt, 'hex'), served.call.outputs]));
  const facts = {
    ...factsOf(release, { request: zeroBytes32, caller: zeroAddress }, new Uint8Array()),
    inputs,
    outputs,
  };
  const signed = { version: 3, seq: 0, ...facts, response } as never;
  expect(await audit(release, served, { signed })).toMatchObject({ ok: true, reason: 'AnswerConfirmed' });
  const salted = { ...served, call: { ...served.call, salt: 'cd'.repeat(32) } };
  for (const other of [salted, withOutputs(served, '{"y":[2,6]}')])
    expect(await audit(release, other, { signed })).toMatchObject({ reason: 'AnswerNotShown' });
});

test.each<[string, string, string]>([
  ['one more than the model says', '{"y":[3,6]}', 'AnswerWrong'],
  ['one value off by a thousandth', '{"y":[2,5.005]}', 'AnswerWrong'],
  ['an output of another name', '{"z":[2,5]}', 'AnswerWrong'],
  ['something that is no answer', 'nothing', 'AnswerWrong'],
  ['a value three tolerances off', '{"y":[2,5.0003]}', 'AnswerDiffers'],
  ['rounding', '{"y":[2,5.00001]}', 'AnswerConfirmed'],
])('an answer that is %s', async (_, outputs, reason) => {
  const release = await checks.place(doublingRelease());
  const served = withOutputs(await serve(release, '{"x":[1,2.5]}'), outputs);
  for (const exact of [false, true]) expect(await audit(release, served, { exact })).toMatchObject({ reason });
});

test('attack: bytes other than those the receipt signs are no proof of anything', async () => {
  const release = await checks.place(doublingRelease());
  const served = await serve(release, '{"x":[1,2.5]}');
  const shown: [string, Buffer][] = [
    ['another answer than was sent', encodeCall(withOutputs(served, '{"y":[2,4]}').call)],
    ['other inputs than were asked', encodeCall({ ...served.call, inputs: Buffer.from('{"x":[2,5]}') })],
    ['inputs of another release', encodeCall({ ...served.call, inputs: Buffer.from('{"image":[1]}') })],
    ['another salt', encodeCall({ ...served.call, salt: 'ff'.repeat(32) })],
    ['no salt', encodeCall({ ...served.call, salt: null as unknown as string })],
    ['a call cut short', encodeCall(served.call).subarray(0, 50)],
    ['lengths beyond the end', Buffer.alloc(12, 0xff)],
    ['nothing', Buffer.alloc(0)],
  ];
  for (const [what, bytes] of shown)
    expect([what, (await audit(release, served, {}, bytes)).reason]).toEqual([what, 'AnswerNotShown']);
});

test('attack: an answer where the model gives none', async () => {
  const release = await checks.place(takingTwo());
  const good = await serve(release, '{"x":[1,2]}');
  const inputs = '{"x":[1,2,3]}';
  const call = { ...good.call, inputs: Buffer.from(inputs) };
  const found = await audit(release, { ...good, call });
  expect(found).toMatchObject({ reason: 'AnswerWrong', message: expect.stringContaining('no answer') });
});

test('exact answers: the same bytes on wasm or a lie', async () => {
  const release = await checks.place(doublingRelease());
  const served = await serve(release, '{"x":[1,2.5]}');
  const exactly = { auditClass: 2, exact: true, tolerance: 0 };
  expect(await audit(release, served, exactly)).toMatchObject({ reason: 'AnswerConfirmed' });
  expect(await audit(release, { ...served, outputs: 'ee'.repeat(32) }, exactly)).toMatchObject({
    reason: 'AnswerWrong',
  });
});

/** Takes two values and fails on any other number of them. */
function takingTwo(): Release {
  const model = buildModel({
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['n'] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['n'] }],
    nodes: [{ op: 'Add', inputs: ['x', 'two'], outputs: ['y'] }],
    initializers: [{ name: 'two', datatype: 'FP32', shape: [2], values: [1, 2] }],
  });
  return createRelease({ 'model.onnx': model });
}
