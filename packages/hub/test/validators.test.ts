import { type Digest, defaultPolicy, type Statement, signStatement } from '@callable/protocol';
import { type Client, completeTask, extendTask, getRelease, listStatements } from '@callable/sdk';
import {
  conditionOf,
  findingOf,
  isTrue,
  joinAsNode,
  lease,
  publishBytes,
  randomKey,
  signForHub,
  untilRelease,
  validateNext,
} from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawValidators } from '../src/path/draw-validators.ts';
import { explainTrouble } from '../src/path/explain-trouble.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

describe('validators', () => {
  let hub: TestHub;
  let publisher: Client;
  beforeEach(async () => {
    hub = await startTestHub();
    publisher = hub.client();
  });
  afterEach(() => hub[Symbol.asyncDispose]());

  async function joinConnected(memoryBytes?: number): Promise<Client> {
    const client = hub.client();
    await joinAsNode(client, memoryBytes);
    await lease(client, 0);
    return client;
  }
  const publish = (fields: Record<string, unknown> = {}) =>
    publishBytes(publisher, Buffer.from(JSON.stringify(fields)), { name: `m${Date.now()}`, ...fields });
  const taskOf = async (client: Client) => {
    const task = await lease(client);
    if (!task) throw new Error('no task');
    return task;
  };
  const fail = async (client: Client, reason: string, message: string) => {
    const task = await taskOf(client);
    await completeTask(client, task.id, { token: task.token, statement: null, failed: { reason, message } });
    return task;
  };
  /** Lets the pause of every waiting task pass. */
  const passPauses = () =>
    hub.ctx.db
      .updateTable('job')
      .set({ run_at: Date.now() })
      .where('state', '=', 'ready')
      .where('step', '=', 'validate')
      .execute();
  /** Without those of probes, which begin as soon as a verdict is there. */
  const countOf = async (digest: Digest) => {
    const { statements } = await listStatements(publisher, digest);
    return statements.filter(({ statement }) => statement.kind !== 'release.probed').length;
  };

  /** What nodes said of it. The hub says things of its own meanwhile. */
  const reportsOf = async (digest: Digest) => {
    const { statements } = await listStatements(publisher, digest);
    return statements.filter(({ statement }) => statement.kind === 'release.validated').length;
  };

  it('a node that cannot do it says why in the condition, once, and is asked ever more seldom', async () => {
    const node = await joinConnected();
    const { digest } = await publish();
    await fail(node, 'DiskFull', 'The disk has 3 bytes left.\u0000\ud83d');
    await passPauses();
    await fail(node, 'DiskFull', 'The disk has 3 bytes left.\u0000\ud83d');
    const view = await untilRelease(publisher, digest, (one) => conditionOf(one, 'Verified').reason === 'DiskFull');
    expect(conditionOf(view, 'Verified')).toMatchObject({
      status: 'Unknown',
      message: expect.stringContaining(
        `The node ${addressOfClient(node)} cannot verify it: The disk has 3 bytes left.`,
      ),
      next: expect.stringContaining('operator'),
    });
    const count = await countOf(digest);
    for (let i = 0; i < 6; i++) {
      await passPauses();
      await fail(node, 'DiskFull', 'The disk has 3 bytes left.\u0000\ud83d');
    }
    const job = () => hub.ctx.db.selectFrom('job').selectAll().where('step', '=', 'validate').executeTakeFirstOrThrow();
    // Given up, drawn again for want of better, and resting: not leased again for minutes, however often it is drawn.
    for (let i = 0; i < 3; i++) {
      await hub.ctx.db.updateTable('job').set({ run_at: Date.now() }).where('step', '=', 'draw').execute();
      await expect
        .poll(
          async () =>
            (await hub.ctx.db.selectFrom('job').select('run_at').where('step', '=', 'draw').executeTakeFirst())?.run_at,
        )
        .toBeGreaterThan(Date.now());
    }
    expect(await job()).toMatchObject({ state: 'ready', attempts: 7 });
    expect((await job()).run_at).toBeGreaterThan(Date.now() + 9 * 60_000);
    expect(await countOf(digest)).toBe(count);
    await passPauses();
    await validateNext(node);
    await untilRelease(publisher, digest, isTrue('Verified'));
  });

  it('a node that fails is replaced by another that is there', async () => {
    await hub[Symbol.asyncDispose]();
    hub = await startTestHub({
      config: { policy: { ...defaultPolicy, validators: { draw: 1, quorum: 1, revealSeconds: 10 } } },
    });
    publisher = hub.client();
    const bad = await joinConnected();
    const { digest } = await publish();
    await fail(bad, 'Internal', 'no');
    const good = await joinConnected();
    await passPauses();
    await fail(bad, 'Internal', 'no');
    await validateNext(good);
    const view = await untilRelease(publisher, digest, isTrue('Verified'));
    expect(conditionOf(view, 'Verified').message).toContain('1 of 1');
  });

  it('a validator that vanished is replaced', async () => {
    await hub[Symbol.asyncDispose]();
    hub = await startTestHub({
      config: { policy: { ...defaultPolicy, validators: { draw: 1, quorum: 1, revealSeconds: 10 } } },
    });
    publisher = hub.client();
    const gone = await joinConnected();
    const { digest } = await publish();
    await taskOf(gone);
    await hub.ctx.db
      .updateTable('node')
      .set({ last_seen_at: 1 })
      .where('address', '=', addressOfClient(gone))
      .execute();
    await validateNext(await joinConnected());
    await untilRelease(publisher, digest, isTrue('Verified'));
  });

  it('a late result, a result of another, an old one and a forged one write nothing', async () => {
    const [node, other] = [await joinConnected(), hub.client()];
    await joinAsNode(other);
    const { digest } = await publish();
    const task = await taskOf(node);
    const count = await reportsOf(digest);
    const hand = (client: Client, statement: Statement | null, token = task.token) =>
      completeTask(client, task.id, { token, statement });
    const good = findingOf(node, task);
    await expect(hand(other, good)).rejects.toMatchObject({ code: 'TaskNotFound' });
    await expect(hand(node, null)).rejects.toMatchObject({ code: 'StatementInvalid' });
    await expect(hand(node, findingOf(other, task))).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    await expect(hand(node, { ...good, body: { ...good.body, ok: false } })).rejects.toMatchObject({
      code: 'SignatureInvalid',
    });
    const elsewhere = { ...task, release: `sha256:${'a'.repeat(64)}` as Digest };
    await expect(hand(node, findingOf(node, elsewhere))).rejects.toMatchObject({ code: 'StatementInvalid' });
    const { kind, subject, body } = good;
    const old = signForHub(node, { kind, subject, body, issuedAt: Date.now() - 2 * 3600_000 });
    await expect(hand(node, old)).rejects.toMatchObject({ code: 'StatementInvalid' });
    await expect(hand(node, good, 'another-token')).rejects.toMatchObject({ code: 'LeaseLost' });
    await expect(hand(node, good, '\u0000')).rejects.toMatchObject({ code: 'LeaseLost' });
    await expect(extendTask(node, { ...task, token: '\u0000' })).rejects.toMatchObject({ code: 'RequestInvalid' });
    await hub.ctx.db.updateTable('job').set({ lease_until: 1 }).where('id', '=', task.id).execute();
    const state = () =>
      hub.ctx.db.selectFrom('job').select('state').where('id', '=', task.id).executeTakeFirstOrThrow();
    await expect.poll(state, { timeout: 5000 }).toEqual({ state: 'ready' });
    await expect(extendTask(node, task)).rejects.toMatchObject({ code: 'LeaseLost' });
    await expect(hand(node, good)).rejects.toMatchObject({ code: 'LeaseLost' });
    await expect(
      completeTask(node, task.id, { token: task.token, statement: null, failed: { reason: 'X', message: '' } }),
    ).rejects.toMatchObject({ code: 'LeaseLost' });
    expect(await reportsOf(digest)).toBe(count);
    await passPauses();
    const again = await taskOf(node);
    await completeTask(node, again.id, { token: again.token, statement: good });
    await completeTask(node, again.id, { token: again.token, statement: good });
    expect(await reportsOf(digest)).toBe(count + 1);
  });

  it('a node busy with one long task counts as there', async () => {
    const node = await joinConnected();
    await publish();
    const task = await taskOf(node);
    const seen = () => hub.ctx.db.selectFrom('node').select('last_seen_at').executeTakeFirstOrThrow();
    await hub.ctx.db.updateTable('node').set({ last_seen_at: 1 }).execute();
    await extendTask(node, task);
    expect((await seen()).last_seen_at).toBeGreaterThan(1);
  });

  it('a verdict is renewed before it grows old, without spinning until then', async () => {
    const node = await joinConnected();
    const { digest } = await publish();
    await validateNext(node);
    await untilRelease(publisher, digest, isTrue('Verified'));
    const day = 24 * 3600_000;
    const drawAt = async (clock: number) => {
      await hub.ctx.db.updateTable('node').set({ last_seen_at: clock }).execute();
      // It is called all the time.
      await hub.ctx.db.deleteFrom('demand').execute();
      const called = { release: digest, calls: 1, counted_at: clock, called_at: clock };
      await hub.ctx.db.insertInto('demand').values(called).execute();
      return drawValidators({ ...hub.ctx, clock: () => clock }, { release: digest });
    };
    const soon = await drawAt(Date.now() + 60_000);
    expect(soon.againAt).toBeGreaterThan(Date.now() + 28 * day);
    expect(soon.againAt).toBeLessThan(Date.now() + 29.1 * day);
    expect(soon.enqueue).toEqual([{ step: 'probe' }]);
    const renewing = await drawAt((soon.againAt ?? 0) + 1);
    expect(renewing.enqueue).toEqual([{ step: 'validate', assignee: addressOfClient(node) }]);
    expect(renewing.againAt).toBeGreaterThan((soon.againAt ?? 0) + 10_000);
    expect(renewing.statements).toEqual([]);
  });

  it('a new policy epoch asks everybody again', async () => {
    const node = await joinConnected();
    const { digest } = await publish();
    await validateNext(node);
    await untilRelease(publisher, digest, isTrue('Verified'));
    const policy = { ...hub.ctx.rules.policy, epoch: 2 };
    const outcome = await drawValidators({ ...hub.ctx, rules: { ...hub.ctx.rules, policy } }, { release: digest });
    expect(outcome.enqueue).toEqual([{ step: 'validate', assignee: addressOfClient(node) }]);
    expect(outcome.statements[0]).toMatchObject({ kind: 'release.drawn', body: { epoch: 2 } });
  });

  it('waiting for a node that fits does not take back a verdict that holds', async () => {
    const node = await joinConnected();
    const { digest } = await publish();
    await validateNext(node);
    const view = await untilRelease(publisher, digest, isTrue('Verified'));
    await hub.ctx.db.updateTable('node').set({ last_seen_at: 1 }).execute();
    const policy = { ...hub.ctx.rules.policy, epoch: 2 };
    const outcome = await drawValidators({ ...hub.ctx, rules: { ...hub.ctx.rules, policy } }, { release: digest });
    expect(outcome.statements).toEqual([]);
    expect(conditionOf(await getRelease(publisher, digest), 'Verified')).toEqual(conditionOf(view, 'Verified'));
  });

  it.each([
    ['DiskFull: no room', 'DiskFull', 'no room'],
    ['NoNodeFits: 5 of 3', 'NoNodeFits', '5 of 3'],
    ['VectorsPassed: all is well', 'AwaitingValidators', 'all is well'],
    ['HashMismatch: lies', 'AwaitingValidators', 'lies'],
    ['constructor: x', 'AwaitingValidators', 'constructor: x'],
    ['It went silent.', 'AwaitingValidators', 'It went silent.'],
    [`Internal: ${'😀'.repeat(2000)}`, 'AwaitingValidators', '😀'],
  ])('%s', (error, reason, part) => {
    const node = addressOfClient({ key: randomKey() } as Client);
    const finding = explainTrouble({ node, error, isLasting: true });
    expect(finding.reason).toBe(reason);
    expect(finding.message).toContain(part);
    expect(finding.message.length).toBeLessThanOrEqual(1000);
    // It can be signed.
    signStatement({ kind: 'a.b', subject: 'x', body: finding, issuedAt: 1 }, randomKey());
  });
});
