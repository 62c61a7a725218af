import {
  type Address,
  addressOf,
  commitmentOf,
  type NodeAnnouncement,
  type PrivateKey,
  type Statement,
  signStatement,
  type Task,
} from '@callable/protocol';
import { type Client, commitTask, completeTask, leaseTask, submitStatement } from '@callable/sdk';

export const emptyAnnouncement: NodeAnnouncement = {
  slots: { used: 0, limit: 4 },
  holdings: [],
  quarantined: [],
  draining: false,
};

/** Joins the network as a node that does nothing by itself. */
export async function joinAsNode(client: Client, memoryBytes = 1e9): Promise<Address> {
  const key = client.key as PrivateKey;
  const node = addressOf(key);
  await submitStatement(
    client,
    signStatement(
      { kind: 'node.joined', subject: node, body: { software: 'test/1', memoryBytes, slots: 4 }, issuedAt: Date.now() },
      key,
    ),
  );
  return node;
}

export const lease = (client: Client, waitMs = 10_000): Promise<Task | null> =>
  leaseTask(client, { announcement: emptyAnnouncement, waitMs });

export function findingOf(key: PrivateKey, task: Task, finding: Record<string, unknown> = {}): Statement {
  const body = {
    ok: true,
    reason: 'VectorsPassed',
    message: 'All vectors passed.',
    epoch: task.epoch,
    deterministic: true,
    runtime: { name: 'test', version: '1' },
    loadMs: 1,
    peakBytes: 1,
    vectors: [],
    ...finding,
  };
  return signStatement({ kind: 'release.validated', subject: task.release, body, issuedAt: Date.now() }, key);
}

/** What commits a node to a finding of its. */
export function commitmentTo(key: PrivateKey, finding: Statement): Statement {
  const { subject, body } = finding;
  const commitment = commitmentOf(subject, addressOf(key), body);
  const fact = { kind: 'release.committed', subject, body: { epoch: body['epoch'], commitment }, issuedAt: Date.now() };
  return signStatement(fact, key);
}

/** Commits and waits until reports may be shown. */
export async function commitUntilReveal(client: Client, task: Task, finding: Statement): Promise<void> {
  const statement = commitmentTo(client.key as PrivateKey, finding);
  while (!(await commitTask(client, task.id, { token: task.token, statement })).reveal);
}

/** Takes the next task and hands in a finding; in a sealed round it waits for the others. */
export async function validateNext(client: Client, finding: Record<string, unknown> = {}): Promise<Task> {
  const task = await lease(client);
  if (!task) throw new Error('There was no task.');
  const statement = task.kind === 'validate' ? findingOf(client.key as PrivateKey, task, finding) : null;
  if (statement && task.sealed) await commitUntilReveal(client, task, statement);
  await completeTask(client, task.id, { token: task.token, statement });
  return task;
}
