import { addressOf, deriveConditions, digestJson, type LoggedStatement, type Statement } from '@callable/protocol';
import { getRelease, listNodes, listStatements, submitStatement } from '@callable/sdk';
import {
  conditionOf,
  isTrue,
  joinAsNode,
  lease,
  publishBytes,
  randomKey,
  signForHub,
  untilRelease,
  validateNext,
} from '@callable/stand-ins';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendStatement } from '../src/fold/append-statement.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

describe('the log', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startTestHub();
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  const claimBy = (key = randomKey(), handle = `h${Math.random().toString(36).slice(2, 10)}`, issuedAt = Date.now()) =>
    signForHub(hub.client(key), { kind: 'handle.claimed', subject: handle, body: { handle }, issuedAt });
  const joinBy = (key = randomKey(), body: Record<string, unknown> = {}, issuedAt = Date.now()) =>
    signForHub(hub.client(key), {
      kind: 'node.joined',
      subject: addressOf(key),
      body: { software: 'test/1', memoryBytes: 1e9, slots: 4, ...body },
      issuedAt,
    });
  /** Of strangers: the hub itself may say something at any time. */
  const count = async () => {
    const hubAddress = addressOf(hub.ctx.key);
    const found = await sql<{ n: number }>`select count(*) n from statement where signer <> ${hubAddress}`.execute(
      hub.ctx.db,
    );
    return Number(found.rows[0]?.n);
  };
  const refused = async (statement: unknown, code: string) => {
    const before = await count();
    await expect(submitStatement(hub.client(), statement as Statement), code).rejects.toMatchObject({ code });
    expect(await count()).toBe(before);
  };

  it('forged, altered and re-attributed statements are refused', async () => {
    const claim = claimBy();
    const flip = claim.signature.endsWith('1b') ? '1c' : '1b';
    await refused({ ...claim, signature: `${claim.signature.slice(0, -2)}${flip}` }, 'SignatureInvalid');
    await refused({ ...claim, signature: `0x${'00'.repeat(65)}` }, 'SignatureInvalid');
    await refused({ ...claim, signature: `0x${'ff'.repeat(65)}` }, 'SignatureInvalid');
    await refused({ ...claim, signer: addressOf(randomKey()) }, 'SignatureInvalid');
    await refused({ ...claim, issuedAt: claim.issuedAt + 1 }, 'SignatureInvalid');
    await refused({ ...claim, subject: 'other', body: { handle: 'other' } }, 'SignatureInvalid');
    await refused({ ...claim, signature: '0x12' }, 'RequestInvalid');
    await refused({ ...claim, extra: 1 }, 'RequestInvalid');
  });

  it('statements from the future, too large, of unknown kinds or at the wrong door are refused', async () => {
    const key = randomKey();
    const sign = (kind: string, body: Record<string, unknown>, subject = addressOf(key) as string) =>
      signForHub(hub.client(key), { kind, subject, body });
    await refused(claimBy(key, 'future', Date.now() + 6 * 60_000), 'StatementFutureDated');
    await refused(joinBy(key, { padding: 'x'.repeat(60_000) }), 'StatementTooLarge');
    await refused(sign('node.exploded', {}), 'StatementInvalid');
    await refused(sign('proto.constructor', {}), 'StatementInvalid');
    const digest = `sha256:${'a'.repeat(64)}`;
    const published = { publisher: addressOf(key), name: 'x', version: '1.0.0' };
    await refused(sign('release.published', published, digest), 'StatementInvalid');
    const stored = { ok: true, reason: 'AllFilesReadBack', message: '', files: 1, bytes: 1 };
    await refused(sign('release.stored', stored, digest), 'StatementInvalid');
    await refused(
      signForHub(hub.client(hub.ctx.key), { kind: 'release.stored', subject: digest, body: stored }),
      'StatementInvalid',
    );
    await refused(sign('handle.claimed', { handle: 'abc' }, 'other'), 'StatementInvalid');
    await refused(sign('handle.claimed', { handle: '0xabc' }, '0xabc'), 'StatementInvalid');
    await refused(sign('node.joined', { software: 1 }), 'StatementInvalid');
    await refused({ ...joinBy(key), body: { software: '\ud800', memoryBytes: 1, slots: 1 } }, 'StatementInvalid');
    await refused(joinBy(key, { software: 'a\u0000b' }), 'StatementInvalid');
    await refused(joinBy(key, { slots: 2 ** 40 }), 'StatementInvalid');
    const { kind, subject, body, issuedAt } = joinBy(key);
    await refused(signForHub(hub.client(), { kind, subject, body, issuedAt }), 'SignerNotAllowed');
  });

  it('a statement sent again is answered as it was logged and adds nothing', async () => {
    const claim = claimBy();
    const first = await submitStatement(hub.client(), claim);
    expect(await submitStatement(hub.client(), claim)).toEqual(first);
    const stored = await fetch(`${hub.url}/v1/statements/${first.id}`).then((answer) => answer.json());
    expect(stored).toEqual(first);
    const { signature: _, ...fact } = claim;
    expect(digestJson(fact)).toBe(first.id);
  });

  it('an earlier joining of a node, replayed by a stranger, does not undo the later one', async () => {
    const key = randomKey();
    const early = joinBy(key, { memoryBytes: 1 }, Date.now() - 60_000);
    await submitStatement(hub.client(), early);
    await submitStatement(hub.client(), joinBy(key, { memoryBytes: 2e9 }));
    await submitStatement(hub.client(), early);
    const { nodes } = await listNodes(hub.client());
    expect(nodes.find((node) => node.node === addressOf(key))?.memoryBytes).toBe(2e9);
  });

  it('nodes that were never seen do not stand before those that are there', async () => {
    const there = hub.client();
    const node = await joinAsNode(there);
    await lease(there, 0);
    for (let i = 0; i < 3; i++) await submitStatement(hub.client(), joinBy());
    const { nodes } = await listNodes(hub.client());
    expect(nodes[0]).toMatchObject({ node, connected: true });
  });

  it('nothing in the log can be changed or taken out, not even by the hub', async () => {
    await submitStatement(hub.client(), claimBy());
    const { db } = hub.ctx;
    await expect(sql`update statement set content = '{}'`.execute(db)).rejects.toThrow('append-only');
    await expect(sql`delete from statement`.execute(db)).rejects.toThrow('append-only');
  });

  it('fifty at once get numbers without gaps, and the time of the log never goes back', async () => {
    let tick = Date.now() + 100_000;
    // A clock that jumps back and forth, as clocks of several processes do.
    const clock = () => {
      tick += tick % 2 === 0 ? 5001 : -4999;
      return tick;
    };
    const ctx = { ...hub.ctx, clock };
    await Promise.all(
      Array.from({ length: 50 }, () => hub.ctx.db.transaction().execute((tx) => appendStatement(ctx, tx, claimBy()))),
    );
    const rows = await hub.ctx.db.selectFrom('statement').select(['seq', 'logged_at']).orderBy('seq').execute();
    expect(rows.map((row) => row.seq)).toEqual(rows.map((_, i) => i));
    expect(rows.every((row, i) => i === 0 || row.logged_at >= (rows[i - 1]?.logged_at ?? 0))).toBe(true);
  });

  it('a statement that fails to be taken in leaves no gap', async () => {
    const key = randomKey();
    await submitStatement(hub.client(), claimBy(key, 'taken-by-one'));
    const before = await count();
    await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) =>
        submitStatement(hub.client(), i % 2 ? claimBy(randomKey(), 'taken-by-one') : claimBy()),
      ),
    );
    expect(await count()).toBe(before + 5);
    const rows = await hub.ctx.db.selectFrom('statement').select('seq').orderBy('seq').execute();
    expect(rows.map((row) => row.seq)).toEqual(rows.map((_, i) => i));
  });

  it('anybody recomputes the conditions of a release from its statements, a page at a time', async () => {
    await using hub = await startTestHub();
    const publisher = hub.client();
    const node = hub.client();
    const { digest } = await publishBytes(publisher, Buffer.from('recomputed'), { name: 'recomputed' });
    await joinAsNode(node);
    await validateNext(node);
    await untilRelease(publisher, digest, isTrue('Verified'));
    await untilRelease(publisher, digest, (release) => conditionOf(release, 'Reachable').reason === 'ProbeFailed');
    const all: LoggedStatement[] = [];
    for (let after = -1; ; ) {
      const answer = await fetch(`${hub.url}/v1/releases/${digest}/statements?limit=2&after=${after}`);
      const { statements } = (await answer.json()) as Awaited<ReturnType<typeof listStatements>>;
      if (statements.length === 0) break;
      all.push(...statements.map(({ statement, loggedAt }) => ({ statement, loggedAt: Date.parse(loggedAt) })));
      after = statements.at(-1)?.seq ?? 0;
    }
    expect(all.length).toBe((await listStatements(publisher, digest)).statements.length);
    expect(all.length).toBeGreaterThanOrEqual(5);
    const view = await getRelease(publisher, digest);
    expect(deriveConditions(all, Date.now(), hub.ctx.rules)).toEqual(view.conditions);
  });
});
