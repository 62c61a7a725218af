import { createHash } from 'node:crypto';
import { type Address, addressOf, type PrivateKey, type Task } from '@callable/protocol';
import { type Client, completeTask } from '@callable/sdk';
import { commitUntilReveal, findingOf, lease, signForHub } from '@callable/stand-ins';

/** What a node says of a release, as a body of `release.validated` or `release.recomputed`; null holds the seat and says nothing. */
export type Says = (task: Task) => Record<string, unknown> | null;

/** What the one pinned wasm would answer: the same for everybody who runs it, and other in each round. */
export const digestOf = ({ release, round }: Task) => createHash('sha256').update(`${release}${round}`).digest('hex');
const wasm = 'wasm 1';

/** An honest node, where the vectors pass or do not. */
export const honest =
  (ok = true): Says =>
  (task) => ({
    ...(ok ? {} : { ok: false, reason: 'VectorFailed', message: 'The vector fails.' }),
    adjudication: { runtime: wasm, digest: digestOf(task), inputs: 2, passed: ok },
    agrees: true,
  });
/** Says the contrary of what is so, and that wasm says it too, under a digest of its own. */
export const lying =
  (ok: boolean): Says =>
  (task) => ({ ...honest(ok)(task), adjudication: { runtime: wasm, digest: 'ee'.repeat(32), inputs: 2, passed: ok } });
/** Says the contrary of what is so and nothing that could be computed again. */
export const silentlyLying =
  (ok: boolean): Says =>
  (task) => ({ ...honest(ok)(task), adjudication: null });

/** Has nodes do every task they are given, until disposed, by what each says. */
export function playRounds(nodes: ReadonlyMap<Client, Says>): AsyncDisposable {
  const stop = new AbortController();
  const failures: unknown[] = [];
  const loops = [...nodes].map(async ([client, says]) => {
    while (!stop.signal.aborted) {
      const task = await lease(client, 500).catch((error: { code?: string }) => {
        if (error.code !== 'NodeConvicted') failures.push(error);
        return 'out' as const;
      });
      if (task === 'out') return;
      if (task) await work(client, task, says).catch(() => null);
    }
  });
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(loops);
      if (failures.length > 0) throw new AggregateError(failures);
    },
  };
}

async function work(client: Client, task: Task, says: Says): Promise<void> {
  const said = task.kind === 'validate' || task.kind === 'recompute' ? says(task) : {};
  if (said === null) return;
  const done = (statement: ReturnType<typeof findingOf> | null) =>
    completeTask(client, task.id, { token: task.token, statement });
  if (task.kind === 'validate') {
    const statement = findingOf(client, task, { auditClass: 1, spread: 0, ...said });
    if (task.sealed) await commitUntilReveal(client, task, statement);
    await done(statement);
  } else if (task.kind === 'recompute') {
    const { ok = true, reason = 'VectorsPassed', message = '', adjudication = null, agrees = true } = said;
    const runtime = { name: 'test', version: '1' };
    const body = { ok, reason, message, epoch: task.epoch, round: task.round, runtime, adjudication, agrees };
    await done(signForHub(client, { kind: 'release.recomputed', subject: task.release, body }));
  } else await done(null);
}

export const nodeOf = (client: Client): Address => addressOf(client.key as PrivateKey);
