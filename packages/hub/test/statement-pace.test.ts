import { addressOf, type PrivateKey, type Statement, signStatement } from '@callable/protocol';
import { getRelease, submitStatement } from '@callable/sdk';
import { publishBytes, randomKey } from '@callable/stand-ins';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestHub, type TestHub } from './start-test-hub.ts';

const dayMs = 24 * 3600_000;

describe('what keys and networks may say within a day', () => {
  let hub: TestHub;
  let ahead = 0;
  beforeAll(async () => {
    hub = await startTestHub({ overrides: { clock: () => Date.now() + ahead } });
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  const now = () => hub.ctx.clock();
  const sign = (key: PrivateKey, kind: string, subject: string, body: Record<string, unknown>) =>
    signStatement({ kind, subject, body, issuedAt: now(), hub: hub.ctx.rules.hub }, key);
  const claim = (key: PrivateKey, handle: string, more = {}) =>
    sign(key, 'handle.claimed', handle, { handle, ...more });
  const join = (key: PrivateKey, more = {}) =>
    sign(key, 'node.joined', addressOf(key), { software: 'test/1', memoryBytes: 1e9, slots: 4, ...more });
  const say = (statement: Statement, from?: string) => submitStatement(hub.client(randomKey(), from), statement);
  const codeOf = (answer: Promise<unknown>) =>
    answer.then(
      () => 'taken',
      (error: { code: string }) => error.code,
    );
  /** Of strangers: the hub itself may say something at any time. */
  const count = async () => {
    const { rows } = await sql<{ n: number }>`
      select count(*) n from statement where signer <> ${addressOf(hub.ctx.key)}`.execute(hub.ctx.db);
    return Number(rows[0]?.n);
  };

  it.each([
    ['handle.claimed', (key: PrivateKey, junk: string) => claim(key, 'fat-handle', { junk })],
    ['node.joined', (key: PrivateKey, junk: string) => join(key, { junk })],
    [
      'key.delegated',
      (key: PrivateKey, junk: string) =>
        sign(key, 'key.delegated', addressOf(key), {
          ...{ key: addressOf(randomKey()), scopes: ['publish'], notBefore: 0, notAfter: now() + 1e9, junk },
        }),
    ],
  ])('attack: a %s statement with members that nobody reads fills no log', async (kind, make) => {
    const before = await count();
    const refusal = await say(make(randomKey(), 'z'.repeat(4096))).catch((error: Error) => error);
    expect(refusal).toMatchObject({
      code: 'StatementTooLarge',
      message: expect.stringContaining(`A ${kind} statement`),
    });
    expect(refusal).toMatchObject({ message: expect.stringMatching(/at most 4096 bytes .* this one has 4[0-9]{3}\./) });
    expect(await count()).toBe(before);
    expect(await codeOf(say(make(randomKey(), 'z'.repeat(3000))))).toBe('taken');
  });

  it('attack: claiming the handles of others: a key gets three a day, and a thousand keys of one network sixty', async () => {
    const squatter = randomKey();
    for (const handle of ['good-names', 'taken-early', 'for-nothing']) await say(claim(squatter, handle));
    const refusal = await say(claim(squatter, 'one-more')).catch((error: Error) => error);
    expect(refusal).toMatchObject({ code: 'TooManyStatements', details: { retryAfterSeconds: expect.any(Number) } });
    const { details } = refusal as unknown as { details: { retryAfterSeconds: number } };
    expect(details.retryAfterSeconds).toBeGreaterThan(86_000);

    const farm = '203.0.113.7';
    const codes: string[] = [];
    for (let i = 0; i < 62; i++) codes.push(await codeOf(say(claim(randomKey(), `farmed-${i}`), farm)));
    expect(codes).toEqual([...Array(60).fill('taken'), 'TooManyStatements', 'TooManyStatements']);
    // A neighbour in the same network waits; anybody else does not, and other kinds go on.
    expect(await codeOf(say(claim(randomKey(), 'neighbour'), '203.0.113.99'))).toBe('TooManyStatements');
    expect(await codeOf(say(claim(randomKey(), 'far-away'), '198.51.100.1'))).toBe('taken');
    expect(await codeOf(say(join(randomKey()), farm))).toBe('taken');
    ahead += dayMs;
    expect(await codeOf(say(claim(randomKey(), 'next-day'), farm))).toBe('taken');
  });

  it('attack: claiming a handle of one’s own again and again adds nothing to the log', async () => {
    const key = randomKey();
    const first = await say(claim(key, 'mine-alone'));
    const before = await count();
    for (let n = 0; n < 5; n++) expect(await say(claim(key, 'mine-alone', { n }))).toEqual(first);
    expect(await count()).toBe(before);
  });

  it('a node that starts anew and says the same adds nothing; what it says anew counts', async () => {
    const key = randomKey();
    const first = await say(join(key));
    const before = await count();
    ahead += 1000;
    expect(await say(join(key))).toEqual(first);
    expect(await count()).toBe(before);
    await say(join(key, { slots: 8 }));
    expect(await count()).toBe(before + 1);
    // Back to what it said first: that is not what it said last.
    ahead += 1000;
    await say(join(key));
    expect(await count()).toBe(before + 2);
  });

  it('a node whose operator has delegated since is asked nothing: the same words bring it its operator', async () => {
    const [key, operator] = [randomKey(), randomKey()];
    await say(join(key, { operator: addressOf(operator) }));
    const terms = { key: addressOf(key), scopes: ['operate'], notBefore: 0, notAfter: now() + dayMs };
    await say(sign(operator, 'key.delegated', addressOf(operator), terms));
    const before = await count();
    ahead += 1000;
    await say(join(key, { operator: addressOf(operator) }));
    expect(await count()).toBe(before + 1);
    const kept = await hub.ctx.db
      .selectFrom('node_state')
      .select('operator')
      .where('node', '=', addressOf(key))
      .executeTakeFirst();
    expect(kept?.operator).toBe(addressOf(operator));
  });

  it('a handle under which nothing was published lapses after a month; one under which something was never does', async () => {
    const [idle, busy, other] = [randomKey(), randomKey(), randomKey()];
    await say(claim(idle, 'sleeping-name'));
    await say(claim(busy, 'working-name'));
    const published = await publishBytes({ ...hub.client(busy), clock: now }, Buffer.from('work'), { name: 'work' });
    ahead += 30 * dayMs - 60_000;
    expect(await codeOf(say(claim(other, 'sleeping-name')))).toBe('HandleTaken');
    ahead += 120_000;
    expect(await codeOf(say(claim(other, 'sleeping-name')))).toBe('taken');
    expect(await codeOf(say(claim(other, 'working-name')))).toBe('HandleTaken');
    expect((await getRelease(hub.client(), `working-name/work@1.0.0`)).digest).toBe(published.digest);
    // It was somebody else's in between: the first owner has no better claim than anybody.
    expect(await codeOf(say(claim(idle, 'sleeping-name')))).toBe('HandleTaken');
  });
});
