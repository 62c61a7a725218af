import {
  type Digest,
  defaultPolicy,
  type Policy,
  type PrivateKey,
  signStatement,
  statementId,
} from '@callable/protocol';
import { type Client, getNetwork, getRelease, listReleases } from '@callable/sdk';
import {
  conditionOf,
  isTrue,
  joinAsNode,
  lease,
  playAnsweringGateway,
  publishBytes,
  randomKey,
  untilRelease,
  validateNext,
} from '@callable/stand-ins';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { toJsonText } from '../src/db/json-text.ts';
import { appendStatement } from '../src/fold/append-statement.ts';
import { expectKeptStatesToFollow } from './compare-kept-states.ts';
import { addressOfClient, createTestPlace, startTestHub, type TestHub, type TestPlace } from './start-test-hub.ts';

const policyOf = (epoch: number): Policy => ({
  ...defaultPolicy,
  epoch,
  validators: { draw: 1, quorum: 1, revealSeconds: 10 },
});
const nodeKey = randomKey();

let place: TestPlace;
let gateway: Awaited<ReturnType<typeof playAnsweringGateway>>;
let hub: TestHub;
beforeEach(async () => {
  place = await createTestPlace();
  const node = addressOfClient({ key: nodeKey } as Client);
  gateway = await playAnsweringGateway(() => ({ status: 200, body: { outputs: { y: [2] }, node } }));
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});
const start = async (epoch: number) => {
  hub = await startTestHub({ place, config: { policy: policyOf(epoch), gateways: [gateway.url] } });
};
const restart = async (epoch: number) => {
  await hub[Symbol.asyncDispose]();
  await start(epoch);
};
const countPolicies = async () =>
  (await hub.ctx.db.selectFrom('statement').select('seq').where('kind', '=', 'policy.adopted').execute()).length;
const callable = async () =>
  (await listReleases(hub.client(), { callable: true })).releases.map(({ digest }) => digest).sort();

async function publishVerified(name: string, publisherKey: PrivateKey): Promise<Digest> {
  const { digest } = await publishBytes(hub.client(publisherKey), Buffer.from(name), { name });
  await validateNext(hub.client(nodeKey));
  await untilRelease(hub.client(), digest, isTrue('Reachable'));
  return digest;
}

it('a hub that starts with another epoch takes back every verdict at once and verifies again by itself', async () => {
  await start(1);
  const publisher = randomKey();
  await joinAsNode(hub.client(nodeKey));
  await lease(hub.client(nodeKey), 0);
  const releases = [await publishVerified('one', publisher), await publishVerified('two', publisher)].sort();
  expect(await callable()).toEqual(releases);

  await restart(1);
  expect(await countPolicies()).toBe(1);
  expect(await callable()).toEqual(releases);

  // While no node is there: nothing is verified again, and what was found says why it counts no more.
  await hub.ctx.db.updateTable('node').set({ last_seen_at: 1 }).execute();
  await restart(2);
  expect(await countPolicies()).toBe(2);
  expect((await getNetwork(hub.client())).policy.epoch).toBe(2);
  expect(await callable()).toEqual([]);
  expect((await listReleases(hub.client(), { callable: false })).releases).toHaveLength(2);
  for (const release of releases) {
    const view = await getRelease(hub.client(), release);
    expect(view.callable).toBe(false);
    expect(conditionOf(view, 'Verified')).toMatchObject({ status: 'Unknown', reason: 'PolicyChanged' });
    expect(conditionOf(view, 'Verified').message).toContain('epoch 2');
    expect(conditionOf(view, 'Stored').status).toBe('True');
  }
  await expectKeptStatesToFollow(hub.ctx);

  const node = hub.client(nodeKey);
  for (const _ of releases) expect(await validateNext(node)).toMatchObject({ epoch: 2 });
  for (const release of releases) await untilRelease(hub.client(), release, isTrue('Verified'));
  expect(await callable()).toEqual(releases);
  await expectKeptStatesToFollow(hub.ctx);
});

it('what is called most is checked again first', async () => {
  await start(1);
  await joinAsNode(hub.client(nodeKey));
  await lease(hub.client(nodeKey), 0);
  const publisher = randomKey();
  const releases: Digest[] = [];
  for (const name of ['a', 'b', 'c', 'd']) releases.push(await publishVerified(name, publisher));
  const [a, b, c, d] = releases as [Digest, Digest, Digest, Digest];
  const calls: [Digest, number][] = [
    [a, 1],
    [b, 40],
    [c, 0],
    [d, 7],
  ];
  const order = await hub.ctx.db
    .transaction()
    .execute(async (tx) => {
      for (const [release, keyless] of calls) {
        const body = { signed: 0, keyless, own: 0, failed: 0, callers: 0, lastGoodAt: Date.now() };
        const fact = { kind: 'release.called', subject: release, body, issuedAt: Date.now() };
        await appendStatement(hub.ctx, tx, signStatement(fact, hub.ctx.key));
      }
      const fact = { kind: 'policy.adopted', subject: hub.ctx.rules.hub, body: { policy: policyOf(2) } };
      await appendStatement(hub.ctx, tx, signStatement({ ...fact, issuedAt: Date.now() }, hub.ctx.key));
      const rows = await tx.selectFrom('job').select('release').where('step', '=', 'draw').orderBy('run_at').execute();
      // Nothing of it stays: only what would be done is looked at.
      throw Object.assign(new Error('looked'), { releases: rows.map(({ release }) => release) });
    })
    .catch((error: { releases?: Digest[] }) => error.releases);
  expect(order).toEqual([b, d, a, c]);
});

it('a policy of a stranger changes nothing, and no door takes one', async () => {
  await start(1);
  const key = randomKey();
  const fact = { kind: 'policy.adopted', subject: hub.ctx.rules.hub, body: { policy: policyOf(9) } };
  const forged = signStatement({ ...fact, issuedAt: Date.now(), hub: hub.ctx.rules.hub }, key);
  const answer = await fetch(`${hub.url}/v1/statements`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(forged),
  });
  expect(await answer.json()).toMatchObject({ code: 'StatementInvalid' });
  await hub.ctx.db.transaction().execute((tx) => appendStatement(hub.ctx, tx, forged));
  await expectKeptStatesToFollow(hub.ctx);
  expect((await getNetwork(hub.client())).policy.epoch).toBe(1);
});

it.each(['the same', 'an older'])(
  'a hub refuses to start where rules of version 99 stand in a log folded by %s version',
  async (by) => {
    await start(1);
    const { ctx } = hub;
    const body = { policy: { rules: 99, epoch: 'by other rules' } };
    const statement = signStatement(
      { kind: 'policy.adopted', subject: ctx.rules.hub, body, issuedAt: ctx.clock() },
      ctx.key,
    );
    const last = await ctx.db.selectFrom('statement').select('seq').orderBy('seq', 'desc').executeTakeFirstOrThrow();
    // As a process of a newer version would: it folds by its own rules, which this one never sees.
    await ctx.db
      .insertInto('statement')
      .values({
        ...{ seq: last.seq + 1, id: statementId(statement), kind: statement.kind, subject: statement.subject },
        ...{ signer: statement.signer, issued_at: statement.issuedAt, logged_at: ctx.clock() },
        content: toJsonText(statement),
      })
      .execute();
    const row = by === 'the same' ? { policy: toJsonText<unknown>(body.policy) } : { version: 0 };
    await ctx.db.updateTable('log_fold').set(row).execute();
    if (by === 'the same') {
      // A process that runs on answers nobody by the old rules either: it logs nothing more.
      const claim = { kind: 'policy.adopted', subject: ctx.rules.hub, body: { policy: policyOf(2) }, issuedAt: 1 };
      await expect(
        ctx.db.transaction().execute((tx) => appendStatement(ctx, tx, signStatement(claim, ctx.key))),
      ).rejects.toMatchObject({ code: 'RulesUnknown' });
    }
    await hub[Symbol.asyncDispose]();
    await expect(start(1)).rejects.toMatchObject({
      code: 'RulesUnknown',
      message: expect.stringContaining('rules of version 99, which this software does not know'),
      remedy: 'Start a newer version of this software on the same data.',
    });
  },
);
