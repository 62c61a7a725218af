import { type Digest, defaultPolicy, type Task } from '@callable/protocol';
import { type Client, commitTask, completeTask, getRelease, listStatements } from '@callable/sdk';
import {
  commitmentTo,
  commitUntilReveal,
  conditionOf,
  findingOf,
  isTrue,
  joinAsNode,
  lease,
  publishBytes,
  signForHub,
  untilRelease,
  validateNext,
} from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectKeptStatesToFollow } from './compare-kept-states.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

const policyOf = (draw: number, quorum: number, revealSeconds: number) => ({
  ...defaultPolicy,
  validators: { draw, quorum, revealSeconds },
});

describe('a sealed round', () => {
  let hub: TestHub;
  let publisher: Client;
  const start = async (draw: number, quorum: number, revealSeconds = 600) => {
    hub = await startTestHub({ config: { policy: policyOf(draw, quorum, revealSeconds) } });
    publisher = hub.client();
  };
  beforeEach(() => start(3, 2));
  afterEach(async () => {
    await expectKeptStatesToFollow(hub.ctx);
    await hub[Symbol.asyncDispose]();
  });
  const restart = async (draw: number, quorum: number, revealSeconds: number) => {
    await hub[Symbol.asyncDispose]();
    await start(draw, quorum, revealSeconds);
  };

  async function joinConnected(count: number): Promise<Client[]> {
    const nodes = Array.from({ length: count }, () => hub.client());
    for (const node of nodes) {
      await joinAsNode(node);
      await lease(node, 0);
    }
    return nodes;
  }
  async function publishAndLease(nodes: readonly Client[]) {
    const { digest } = await publishBytes(publisher, Buffer.from('a model'));
    const tasks = await Promise.all(nodes.map((node) => lease(node)));
    if (tasks.some((task) => task?.kind !== 'validate')) throw new Error('Somebody was not drawn.');
    return { digest, tasks: tasks as Task[] };
  }
  const handIn = (client: Client, task: Task, statement: ReturnType<typeof findingOf>) =>
    completeTask(client, task.id, { token: task.token, statement });
  const commitOnce = (client: Client, task: Task, finding: ReturnType<typeof findingOf>, signal?: AbortSignal) =>
    commitTask(
      client,
      task.id,
      { token: task.token, statement: commitmentTo(client, finding) },
      signal ? { signal } : {},
    );
  const statementsOf = async (digest: Digest, kind: string) =>
    (await listStatements(publisher, digest)).statements.filter(({ statement }) => statement.kind === kind);

  it('verifies by quorum: all commit, then all show', async () => {
    const nodes = await joinConnected(3);
    const { digest } = await publishBytes(publisher, Buffer.from('a model'));
    const tasks = await Promise.all(nodes.map((node) => validateNext(node)));
    expect(tasks.every((task) => task.sealed)).toBe(true);
    const view = await untilRelease(publisher, digest, (one) =>
      conditionOf(one, 'Verified').message.includes('3 of 3'),
    );
    expect(conditionOf(view, 'Verified').status).toBe('True');
    const order = (await listStatements(publisher, digest)).statements.map(({ statement }) => statement.kind);
    expect(order.lastIndexOf('release.committed')).toBeLessThan(order.indexOf('release.validated'));
  });

  it('a network of one node shows at once: there is nobody who could copy', async () => {
    const [node] = (await joinConnected(1)) as [Client];
    const { tasks, digest } = await publishAndLease([node]);
    const [task] = tasks as [Task];
    expect(task.sealed).toBe(false);
    const finding = findingOf(node, task);
    expect(await commitOnce(node, task, finding)).toEqual({ reveal: true });
    await handIn(node, task, finding);
    await untilRelease(publisher, digest, isTrue('Verified'));
    expect(await statementsOf(digest, 'release.committed')).toEqual([]);
  });

  it('attack: a node shows its report while others could still copy it', async () => {
    const nodes = await joinConnected(3);
    const [one] = nodes as [Client];
    const { tasks, digest } = await publishAndLease(nodes);
    const [task] = tasks as [Task];
    const finding = findingOf(one, task);
    const gone = new AbortController();
    const held = commitOnce(one, task, finding, gone.signal).catch(() => null);
    await expect.poll(() => statementsOf(digest, 'release.committed')).toHaveLength(1);
    await expect(handIn(one, task, finding)).rejects.toMatchObject({ code: 'RevealTooEarly' });
    gone.abort();
    await held;
    expect(await statementsOf(digest, 'release.validated')).toEqual([]);
  });

  it('attack: a node approves without a commitment, or opens another one than it made', async () => {
    const nodes = await joinConnected(3);
    const [one] = nodes as [Client];
    const { tasks, digest } = await publishAndLease(nodes);
    const [task] = tasks as [Task];
    const approving = findingOf(one, task);
    await expect(handIn(one, task, approving)).rejects.toMatchObject({ code: 'CommitmentMissing' });
    const failing = findingOf(one, task, { ok: false, reason: 'VectorFailed' });
    await Promise.all(
      nodes.map((node, i) =>
        commitUntilReveal(node, tasks[i] as Task, i === 0 ? failing : findingOf(node, tasks[i] as Task)),
      ),
    );
    await expect(handIn(one, task, approving)).rejects.toMatchObject({ code: 'CommitmentMissing' });
    expect(await statementsOf(digest, 'release.validated')).toEqual([]);
  });

  it('attack: a node copies the report of another: its commitment, or after it was shown', async () => {
    await restart(3, 2, 0);
    const nodes = await joinConnected(3);
    const [one, two, copycat] = nodes as [Client, Client, Client];
    const { tasks, digest } = await publishAndLease(nodes);
    const [a, b, c] = tasks as [Task, Task, Task];
    const [first, second] = [findingOf(one, a), findingOf(two, b)];
    const copied = commitmentTo(one, first);
    const send = (statement: typeof copied) => commitTask(copycat, c.id, { token: c.token, statement });
    await expect(send(copied)).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    await Promise.all([commitUntilReveal(one, a, first), commitUntilReveal(two, b, second)]);
    await handIn(one, a, first);
    // Now it knows what the first found, and says the same without having run anything.
    const shown = (await statementsOf(digest, 'release.validated'))[0]?.statement.body;
    const copy = findingOf(copycat, c, shown);
    await expect(commitOnce(copycat, c, copy)).rejects.toMatchObject({ code: 'LeaseLost' });
    await expect(handIn(copycat, c, copy)).rejects.toMatchObject({ code: 'LeaseLost' });
    await handIn(two, b, second);
    const view = await untilRelease(publisher, digest, isTrue('Verified'));
    expect(conditionOf(view, 'Verified').message).toContain('2 of 3');
    expect(conditionOf(view, 'Verified').evidence).toHaveLength(2);
  });

  it('one slow node holds up the others no longer than the policy says', async () => {
    await restart(3, 2, 1);
    const nodes = await joinConnected(3);
    const { tasks, digest } = await publishAndLease(nodes);
    const fast = nodes.slice(0, 2);
    await Promise.all(
      fast.map(async (node, i) => {
        const finding = findingOf(node, tasks[i] as Task);
        await commitUntilReveal(node, tasks[i] as Task, finding);
        await handIn(node, tasks[i] as Task, finding);
      }),
    );
    await untilRelease(publisher, digest, isTrue('Verified'));
    const committed = await statementsOf(digest, 'release.committed');
    const shown = await statementsOf(digest, 'release.validated');
    const waited = Date.parse(shown[0]?.loggedAt ?? '') - Date.parse(committed[1]?.loggedAt ?? '');
    expect(waited).toBeGreaterThanOrEqual(1000);
  });

  it('nobody waits for a node whose lease is gone', async () => {
    const nodes = await joinConnected(3);
    const { tasks, digest } = await publishAndLease(nodes);
    await hub.ctx.db
      .updateTable('job')
      .set({ lease_until: 1 })
      .where('id', '=', (tasks[2] as Task).id)
      .execute();
    await Promise.all(
      nodes.slice(0, 2).map(async (node, i) => {
        const finding = findingOf(node, tasks[i] as Task);
        await commitUntilReveal(node, tasks[i] as Task, finding);
        await handIn(node, tasks[i] as Task, finding);
      }),
    );
    await untilRelease(publisher, digest, isTrue('Verified'));
  });

  it('begins anew when reports were shown and more are needed', async () => {
    await restart(2, 2, 0);
    const nodes = await joinConnected(2);
    const [one, two] = nodes as [Client, Client];
    const { tasks, digest } = await publishAndLease(nodes);
    const failed = { reason: 'Internal', message: 'no' };
    await completeTask(two, (tasks[1] as Task).id, { token: (tasks[1] as Task).token, statement: null, failed });
    const finding = findingOf(one, tasks[0] as Task);
    await commitUntilReveal(one, tasks[0] as Task, finding);
    await handIn(one, tasks[0] as Task, finding);
    await expect.poll(() => statementsOf(digest, 'release.drawn'), { timeout: 10_000 }).toHaveLength(2);
    await hub.ctx.db.updateTable('job').set({ run_at: Date.now() }).where('step', '=', 'validate').execute();
    await validateNext(two);
    const view = await untilRelease(publisher, digest, isTrue('Verified'));
    expect(conditionOf(view, 'Verified').message).toContain('2 of 2');
    expect(await getRelease(publisher, digest)).toMatchObject({ digest });
  });

  it('forged, altered, replayed, future-dated and oversized commitments and reports are refused', async () => {
    const nodes = await joinConnected(3);
    const [one, two] = nodes as [Client, Client];
    const { tasks, digest } = await publishAndLease(nodes);
    const [task, other] = tasks as [Task, Task];
    const good = commitmentTo(one, findingOf(one, task));
    const commit = (statement: typeof good, token = task.token) =>
      commitTask(one, task.id, { token, statement }, { signal: AbortSignal.timeout(20_000) });
    const sign = (fields: Partial<typeof good>) => {
      const { kind, subject, body, issuedAt } = { ...good, ...fields };
      return signForHub(one, { kind, subject, body, issuedAt });
    };
    await expect(commit({ ...good, body: { ...good.body, commitment: 'ab'.repeat(32) } })).rejects.toMatchObject({
      code: 'SignatureInvalid',
    });
    await expect(commit({ ...good, signer: addressOfClient(two) })).rejects.toMatchObject({ code: 'SignatureInvalid' });
    await expect(commit(sign({ issuedAt: Date.now() + 6 * 60_000 }))).rejects.toMatchObject({
      code: 'StatementFutureDated',
    });
    await expect(commit(sign({ body: { ...good.body, padding: 'x'.repeat(60_000) } }))).rejects.toMatchObject({
      code: 'StatementTooLarge',
    });
    await expect(commit(sign({ subject: `sha256:${'a'.repeat(64)}` }))).rejects.toMatchObject({
      code: 'StatementInvalid',
    });
    await expect(commit(sign({ kind: 'release.validated' }))).rejects.toMatchObject({ code: 'StatementInvalid' });
    await expect(commit(sign({ body: { ...good.body, epoch: 7 } }))).rejects.toMatchObject({ code: 'LeaseLost' });
    await expect(commit(good, 'another')).rejects.toMatchObject({ code: 'LeaseLost' });
    await expect(commitTask(two, task.id, { token: task.token, statement: good })).rejects.toMatchObject({
      code: 'TaskNotFound',
    });
    // Its own, for the task of another.
    await expect(commitTask(two, other.id, { token: other.token, statement: good })).rejects.toMatchObject({
      code: 'SignerNotAllowed',
    });
    expect(await statementsOf(digest, 'release.committed')).toEqual([]);
    const report = findingOf(one, task, { padding: 'x'.repeat(60_000) });
    await expect(handIn(one, task, report)).rejects.toMatchObject({ code: 'StatementTooLarge' });
    expect(await statementsOf(digest, 'release.validated')).toEqual([]);
  });
});
