import { type Digest, defaultPolicy, type Task } from '@callable/protocol';
import { type Client, commitTask, completeTask, extendTask, listStatements } from '@callable/sdk';
import {
  commitmentTo,
  commitUntilReveal,
  conditionOf,
  findingOf,
  isTrue,
  joinAsNode,
  lease,
  publishBytes,
  untilRelease,
} from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { longestWorkMs } from '../src/tasks/longest-work.ts';
import { expectKeptStatesToFollow } from './compare-kept-states.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

const patience = { timeout: 15_000 };

describe('a panel of two out of three nodes', () => {
  let hub: TestHub;
  let publisher: Client;
  let nodes: Client[];
  beforeEach(async () => {
    const validators = { draw: 2, quorum: 2, revealSeconds: 600 };
    hub = await startTestHub({ config: { policy: { ...defaultPolicy, validators } } });
    publisher = hub.client();
    nodes = [hub.client(), hub.client(), hub.client()];
    for (const node of nodes) {
      await joinAsNode(node);
      await lease(node, 0);
    }
  });
  afterEach(async () => {
    await expectKeptStatesToFollow(hub.ctx);
    await hub[Symbol.asyncDispose]();
  });

  const findingBy = (node: Client, task: Task) => findingOf(node, task);
  async function hold(node: Client, task: Task): Promise<void> {
    await hub.ctx.db
      .updateTable('job')
      .set({ leased_at: Date.now() - longestWorkMs - 60_000 })
      .where('id', '=', task.id)
      .execute();
    await extendTask(node, task);
  }
  /** Publishes; gives those who were drawn, with their tasks, and the one who was not. */
  async function publishAndLease() {
    const { digest } = await publishBytes(publisher, Buffer.from('a model'));
    await expect.poll(() => panelsOf(digest), patience).toHaveLength(1);
    const [drawn = []] = await panelsOf(digest);
    const panel = nodes.filter((node) => drawn.includes(addressOfClient(node)));
    const [other] = nodes.filter((node) => !panel.includes(node)) as [Client];
    const tasks = (await Promise.all(panel.map((node) => lease(node)))) as Task[];
    return { digest, panel: panel as [Client, Client], tasks: tasks as [Task, Task], other };
  }
  const panelsOf = async (digest: Digest) =>
    (await listStatements(publisher, digest)).statements
      .filter(({ statement }) => statement.kind === 'release.drawn')
      .map(({ statement }) => statement.body['validators'] as string[]);
  const jobOf = (task: Task) =>
    hub.ctx.db.selectFrom('job').selectAll().where('id', '=', task.id).executeTakeFirstOrThrow();

  it('attack: a validator extends its lease for ever without committing', async () => {
    const { digest, panel, tasks, other } = await publishAndLease();
    const [honest, staller] = panel;
    const [task, held] = tasks;
    const report = findingBy(honest, task);
    const shown = commitUntilReveal(honest, task, report);
    await extendTask(staller, held);
    await expect(hold(staller, held)).rejects.toMatchObject({ code: 'LeaseLost' });
    await expect(extendTask(staller, held)).rejects.toMatchObject({ code: 'LeaseLost' });
    await expect.poll(() => panelsOf(digest), patience).toHaveLength(2);
    const replaced = (await panelsOf(digest)).at(-1);
    expect(replaced).toEqual(expect.arrayContaining([honest, other].map(addressOfClient)));
    expect(replaced).not.toContain(addressOfClient(staller));
    const next = (await lease(other)) as Task;
    const late = findingBy(staller, held);
    await expect(completeTask(staller, held.id, { token: held.token, statement: late })).rejects.toMatchObject({
      code: 'LeaseLost',
    });
    const second = findingBy(other, next);
    await Promise.all([shown, commitUntilReveal(other, next, second)]);
    await completeTask(honest, task.id, { token: task.token, statement: report });
    await completeTask(other, next.id, { token: next.token, statement: second });
    expect(conditionOf(await untilRelease(publisher, digest, isTrue('Verified')), 'Verified').message).toContain(
      '2 of 2',
    );
  });

  it('waits for others without an end when it has committed: that is no fault of its own', async () => {
    const { panel, tasks } = await publishAndLease();
    const gone = new AbortController();
    const statement = commitmentTo(panel[0], findingBy(panel[0], tasks[0]));
    const held = commitTask(panel[0], tasks[0].id, { token: tasks[0].token, statement }, { signal: gone.signal });
    await expect.poll(async () => (await jobOf(tasks[0])).worked_ms, patience).not.toBeNull();
    await hold(panel[0], tasks[0]);
    expect((await jobOf(tasks[0])).state).toBe('leased');
    gone.abort();
    await held.catch(() => null);
  });

  it('attack: a validator commits, sees what others show, and never shows its own', async () => {
    const { digest, panel, tasks } = await publishAndLease();
    const reports = panel.map((node, at) => findingBy(node, tasks[at] as Task));
    await Promise.all(panel.map((node, at) => commitUntilReveal(node, tasks[at] as Task, reports[at] as never)));
    await completeTask(panel[0], tasks[0].id, { token: tasks[0].token, statement: reports[0] as never });
    const { lease_until: until } = await jobOf(tasks[1]);
    await extendTask(panel[1], tasks[1]);
    expect((await jobOf(tasks[1])).lease_until).toBe(until);
    await hub.ctx.db.updateTable('job').set({ lease_until: 1 }).where('id', '=', tasks[1].id).execute();
    await expect.poll(async () => (await jobOf(tasks[1])).state, patience).not.toBe('leased');
    await hub.ctx.db.updateTable('job').set({ run_at: Date.now() }).where('step', '=', 'draw').execute();
    // A round anew, in which whoever is asked commits again.
    await expect.poll(() => panelsOf(digest), patience).toHaveLength(2);
  });

  it('attack: a validator never takes the task, because it holds another one', async () => {
    const { digest } = await publishBytes(publisher, Buffer.from('a model'));
    await expect.poll(() => panelsOf(digest), patience).toHaveLength(1);
    const [drawn = []] = await panelsOf(digest);
    const [honest] = nodes.filter((node) => drawn.includes(addressOfClient(node))) as [Client];
    const task = (await lease(honest)) as Task;
    await hub.ctx.db
      .updateTable('job')
      .set({ run_at: Date.now() - longestWorkMs - 1 })
      .where('step', '=', 'validate')
      .where('state', '=', 'ready')
      .execute();
    const report = findingBy(honest, task);
    await commitUntilReveal(honest, task, report);
    await completeTask(honest, task.id, { token: task.token, statement: report });
  });
});
