import { addressOf, type Digest, dayMs, type PrivateKey, type StatementBody, type UsageView } from '@callable/protocol';
import { makeStatement } from '@callable/sdk';
import { joinAsNode, type PlayedCall, playBatches, publishBytes, randomKey, reportBatches } from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countUsage } from './count-usage.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

let hub: TestHub;
let now = Date.UTC(2026, 10, 2, 12);
let release: Digest;
const clientOf = (key: PrivateKey) => ({ ...hub.client(key), clock: () => now });
const [caller, other] = [randomKey(), randomKey()];
const tagOf = (key: PrivateKey) => addressOf(key).slice(2, 18);

async function joinedNode() {
  const key = randomKey();
  await joinAsNode(clientOf(key));
  return { key, ...playBatches(key, addressOf(hub.ctx.key)) };
}
let node: Awaited<ReturnType<typeof joinedNode>>;
let numbers = 0;

/** Calls in one batch; their numbers. */
async function report(calls: readonly PlayedCall[]): Promise<number[]> {
  await reportBatches(clientOf(hub.ctx.key), [node.batch(calls, { issuedAt: now })]);
  await countUsage(hub.ctx);
  return calls.map(() => numbers++);
}
const callBy = (key: PrivateKey, more: Partial<PlayedCall> = {}): PlayedCall => ({
  ...{ release, caller: key, tag: tagOf(key) },
  ...more,
});
type Word = StatementBody<'receipts.relied'>['receipts'][number];
const word = (number: number, more: Partial<Word> = {}): Word => ({
  ...{ node: node.node, session: node.session, number, relied: true },
  ...more,
});
/** Each a second after the last: the same word for word is the same statement, and changes nothing. */
const say = (key: PrivateKey, receipts: Word[], of = addressOf(key)) => {
  now += 1_000;
  return makeStatement(clientOf(key), { kind: 'receipts.relied', subject: of, body: { caller: of, receipts } });
};
async function usage(days = 1): Promise<UsageView> {
  await countUsage(hub.ctx);
  return (await (await fetch(`${hub.url}/v1/usage?release=${release}&days=${days}`)).json()) as UsageView;
}

beforeAll(async () => {
  hub = await startTestHub({ overrides: { clock: () => now } });
  release = (await publishBytes(clientOf(randomKey()), Buffer.from('relied'), { name: 'relied' })).digest as Digest;
  node = await joinedNode();
  await report([callBy(caller), callBy(other)]);
  now += 7 * dayMs;
}, 60_000);
afterAll(() => hub[Symbol.asyncDispose]());

describe('what callers say later', () => {
  it('is relied on, and how it came out: of the day on which it is said, within the bounds of trusted', async () => {
    const [first, second, third] = (await report([callBy(caller), callBy(caller), callBy(other)])) as [
      number,
      number,
      number,
    ];
    now += dayMs;
    await say(caller, [word(first), word(second, { outcome: 'right' })]);
    await say(other, [word(third, { outcome: 'wrong', note: 'it rained' })]);
    const today = await usage();
    expect(today).toMatchObject({ claimed: 0, relied: { evidenced: 3, trusted: 3, callers: 2 } });
    expect(today.outcomes).toEqual({
      evidenced: { right: 1, wrong: 1 },
      trusted: { right: 1, wrong: 1 },
      callers: 2,
    });
    // The day of the calls stays as it was.
    expect((await usage(2)).days.map(({ relied }) => relied)).toEqual([0, 3]);
  });

  it('attack: the same again, in one statement or another, by a receipt that relied with the call', async () => {
    const [plain, relying] = (await report([callBy(caller), callBy(caller, { relies: true })])) as [number, number];
    await say(caller, [word(plain)]);
    for (const again of [[word(plain)], [word(relying)], [word(plain, { outcome: 'right' }), word(plain)]])
      await expect(say(caller, again)).rejects.toMatchObject({ code: 'WordRepeated' });
    await say(caller, [word(plain, { outcome: 'right' })]);
    await expect(say(caller, [word(plain, { outcome: 'wrong' })])).rejects.toMatchObject({ code: 'WordRepeated' });
  });

  it('attack: of somebody else, of a call that failed, of a keyless one, of a bare hash, of none at all', async () => {
    const before = await usage();
    const [theirs, failed, keyless, hash] = (await report([
      callBy(other),
      callBy(caller, { fields: { end: 1 } }),
      { release, caller: null },
      { hash: true },
    ])) as [number, number, number, number];
    await expect(say(caller, [word(theirs)])).rejects.toMatchObject({ code: 'ReceiptOfAnother' });
    await expect(say(caller, [word(keyless)])).rejects.toMatchObject({ code: 'ReceiptOfAnother' });
    await expect(say(caller, [word(failed)])).rejects.toMatchObject({ code: 'AnswerNotWhole' });
    await expect(say(caller, [word(hash)])).rejects.toMatchObject({ code: 'ReceiptNotFound' });
    await expect(say(caller, [word(99_999)])).rejects.toMatchObject({ code: 'ReceiptNotFound' });
    await expect(say(caller, [word(theirs, { session: 'ab'.repeat(32) })])).rejects.toMatchObject({
      code: 'ReceiptNotFound',
    });
    await expect(say(caller, [{ ...word(theirs), relied: undefined } as never])).rejects.toMatchObject({
      code: 'StatementInvalid',
    });
    await expect(say(caller, [word(theirs)], addressOf(other))).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    expect((await usage()).relied).toEqual(before.relied);
  });

  it('attack: one bad word among good ones: nothing is taken, and all that is wrong is named', async () => {
    const [good, bad] = (await report([callBy(caller), callBy(other)])) as [number, number];
    const refused = say(caller, [word(good), word(bad), word(77_777)]);
    await expect(refused).rejects.toMatchObject({
      code: 'ReceiptOfAnother',
      details: {
        errors: [
          { index: 1, number: bad },
          { index: 2, code: 'ReceiptNotFound' },
        ],
      },
    });
    await say(caller, [word(good)]);
  });

  it('attack: a hundred and one receipts in one statement', async () => {
    const many = Array.from({ length: 101 }, (_, n) => word(n));
    await expect(say(caller, many)).rejects.toMatchObject({ code: 'StatementInvalid' });
  });

  it('too late: reliance after seven days, an outcome after ninety', async () => {
    const [call] = (await report([callBy(caller)])) as [number];
    now += 8 * dayMs;
    await expect(say(caller, [word(call)])).rejects.toMatchObject({ code: 'ReceiptOutdated' });
    await say(caller, [word(call, { outcome: 'wrong' })]);
    expect(await usage()).toMatchObject({ relied: { evidenced: 0 }, outcomes: { trusted: { right: 0, wrong: 1 } } });
    now += 83 * dayMs;
    const [old] = [call];
    await expect(say(caller, [word(old, { outcome: 'right' })])).rejects.toMatchObject({
      code: /ReceiptOutdated|WordRepeated/,
    });
  });

  it('attack: a thousand keys of one network rely: it has one voice', async () => {
    const crowd = Array.from({ length: 12 }, () => randomKey());
    const tag = 'cc'.repeat(8);
    await report(crowd.map((key) => callBy(key, { tag })));
    now += dayMs;
    const calls = await report(crowd.map((key) => callBy(key, { tag })));
    for (const [index, key] of crowd.entries()) await say(key, [word(calls[index] as number)]);
    expect((await usage()).relied).toMatchObject({ evidenced: 12, trusted: 1, callers: 1 });
  });
});
