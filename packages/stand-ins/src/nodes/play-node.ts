import {
  type Address,
  addressOf,
  commitmentOf,
  createHoldingsJournal,
  type Digest,
  type HoldingsAnswer,
  type NodeAnnouncement,
  type PrivateKey,
  type Statement,
  type Task,
} from '@callable/protocol';
import { type Client, commitTask, completeTask, leaseTask, makeStatement, reportHoldings } from '@callable/sdk';
import { signForHub } from '../publishing/sign-for-hub.ts';

export const emptyAnnouncement: NodeAnnouncement = {
  slots: { used: 0, limit: 4 },
  holdings: [],
  draining: false,
};

/** Joins the network as a node that does nothing by itself; of an operator, when one is named. */
export async function joinAsNode(client: Client, memoryBytes = 1e9, operator?: Address): Promise<Address> {
  const key = client.key as PrivateKey;
  const node = addressOf(key);
  const body = { software: 'test/1', memoryBytes, slots: 4, ...(operator ? { operator } : {}) };
  await makeStatement(client, { kind: 'node.joined', subject: node, body });
  return node;
}

export const lease = (client: Client, waitMs = 10_000): Promise<Task | null> =>
  leaseTask(client, { announcement: emptyAnnouncement, waitMs });

/** Says that the node of this client holds these releases, and nothing else. */
export async function tellHoldings(
  client: Client,
  releases: readonly Digest[],
  session = '5e'.repeat(32),
): Promise<HoldingsAnswer> {
  const journal = createHoldingsJournal();
  journal.update(releases.map((release) => ({ release, state: 'cached' })));
  let answer: HoldingsAnswer = { told: 0, trouble: null };
  for (let more = true; more; ) {
    const page = journal.page(answer.told);
    answer = await reportHoldings(client, { session, page });
    more = page.more;
  }
  return answer;
}

/** What the node of this client says it found. */
export function findingOf(client: Client, task: Task, finding: Record<string, unknown> = {}): Statement {
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
    ...(task.round === undefined ? {} : { round: task.round }),
    ...finding,
  };
  return signForHub(client, { kind: 'release.validated', subject: task.release, body });
}

/** What commits the node of this client to a finding of its. */
export function commitmentTo(client: Client, { subject, body }: Statement): Statement {
  const commitment = commitmentOf(subject, addressOf(client.key as PrivateKey), body);
  return signForHub(client, { kind: 'release.committed', subject, body: { epoch: body['epoch'], commitment } });
}

/** Commits and waits until reports may be shown. */
export async function commitUntilReveal(client: Client, task: Task, finding: Statement): Promise<void> {
  const statement = commitmentTo(client, finding);
  while (!(await commitTask(client, task.id, { token: task.token, statement })).reveal);
}

/** Takes the next task and hands in a finding; in a sealed round it waits for the others. */
export async function validateNext(client: Client, finding: Record<string, unknown> = {}): Promise<Task> {
  const task = await lease(client);
  if (!task) throw new Error('There was no task.');
  const statement = task.kind === 'validate' ? findingOf(client, task, finding) : null;
  if (statement && task.sealed) await commitUntilReveal(client, task, statement);
  await completeTask(client, task.id, { token: task.token, statement });
  return task;
}
