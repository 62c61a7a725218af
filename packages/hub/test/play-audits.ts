import { createHash } from 'node:crypto';
import {
  type Address,
  type AuditView,
  addressOf,
  type PrivateKey,
  type Statement,
  type Task,
} from '@callable/protocol';
import { type Client, completeTask, getAudit, showCall } from '@callable/sdk';
import { commitUntilReveal, findingOf, lease, signForHub } from '@callable/stand-ins';

export type Part = {
  /** What it says of its validations. */
  validation?: Record<string, unknown>;
  /** What it shows when one of its calls is drawn; null when it shows nothing. */
  shows?: (receipt: string) => Uint8Array | null;
  /** What it finds when it is drawn itself. */
  finds?: (audit: AuditView) => string;
};

const confirmed = ({ kind }: AuditView) => (kind === 'call' ? 'AnswerConfirmed' : 'ValidationConfirmed');

/** Has nodes do every task they are given, until disposed: without a model, by what the test wants of them. */
export function playNodes(nodes: readonly Client[], partOf: (node: Address) => Part): AsyncDisposable {
  const stop = new AbortController();
  const failures: unknown[] = [];
  const loops = nodes.map(async (client) => {
    while (!stop.signal.aborted) {
      const task = await lease(client, 500).catch((error: unknown) => refused(error, failures));
      if (task === 'out') return;
      if (task) await work(client, task, partOf(addressOf(client.key as PrivateKey))).catch(() => null);
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

/** A convicted node gets no more work; anything else is a mistake of the test. */
function refused(error: unknown, failures: unknown[]): 'out' {
  if ((error as { code?: string }).code !== 'NodeConvicted') failures.push(error);
  return 'out';
}

async function work(client: Client, task: Task, part: Part): Promise<void> {
  const done = (statement: Statement | null) => completeTask(client, task.id, { token: task.token, statement });
  const receipt = task.receipt ?? '';
  switch (task.kind) {
    case 'validate': {
      const statement = findingOf(client, task, part.validation);
      if (task.sealed) await commitUntilReveal(client, task, statement);
      return done(statement);
    }
    case 'disclose': {
      const bytes = (part.shows ?? (() => new TextEncoder().encode('what was asked')))(receipt);
      if (bytes) await showBytes(client, receipt, bytes);
      return done(null);
    }
    case 'audit': {
      const audit = await getAudit(client, receipt);
      return done(verdictOf(client, audit, (part.finds ?? confirmed)(audit)));
    }
    default:
      return done(null);
  }
}

export const showBytes = (client: Client, receipt: string, bytes: Uint8Array) =>
  showCall(client, receipt, { bytes, sha256: createHash('sha256').update(bytes).digest('hex') });

export function verdictOf(client: Client, audit: AuditView, reason: string) {
  const { receipt, release, exact, tolerance, node } = audit;
  const said = { ok: reason.endsWith('Confirmed'), reason, message: '', runtime: 'test', difference: null, tolerance };
  const body = { receipt, release, exact, ...said };
  return signForHub(client, { kind: 'audit.finished', subject: node, body });
}
