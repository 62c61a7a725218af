import { setTimeout as pause } from 'node:timers/promises';
import {
  type Address,
  CallableError,
  commitmentOf,
  type Statement,
  type StatementBody,
  signStatement,
  type Task,
  type TaskResult,
} from '@callable/protocol';
import { commitTask, completeTask, findAudience } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import { untilHubAnswers } from '../join/until-hub-answers.ts';

type RevealContext = Pick<NodeContext, 'hub' | 'key' | 'address' | 'clock' | 'random' | 'log' | 'presence'>;

/** A hub that answers "not yet" at once is not asked in a tight loop, milliseconds. */
const shortestRoundMs = 200;

/**
 * Hands in the report of a sealed round: first what it will be, as a hash; the report itself when the hub says that
 * nobody can copy it any more. Throws what the hub refuses for good, and the signal's reason.
 */
export async function revealResult(
  context: RevealContext,
  task: Task,
  report: Statement,
  result: TaskResult,
  signal: AbortSignal,
): Promise<void> {
  const ask = <Value>(what: string, request: () => Promise<Value>) => untilHubAnswers(context, what, signal, request);
  const hub = await ask('committing', () => findAudience(context.hub, 'hub', signal));
  const commitment = commitTo(context, task, report, hub);
  for (;;) {
    const asked = performance.now();
    const request = { token: task.token, statement: commitment };
    const { reveal } = await ask('committing', () => commitTask(context.hub, task.id, request, { signal }));
    const isShown =
      reveal &&
      (await ask('handing in a result', () => completeTask(context.hub, task.id, result, { signal })).then(
        () => true,
        (error: unknown) => {
          // The hub drew somebody else in between, who must commit first.
          if (error instanceof CallableError && error.code === 'RevealTooEarly') return false;
          throw error;
        },
      ));
    if (isShown) return;
    const spent = performance.now() - asked;
    if (spent < shortestRoundMs) await pause(shortestRoundMs - spent, undefined, { signal });
  }
}

function commitTo({ key, address, clock }: RevealContext, task: Task, report: Statement, hub: Address): Statement {
  const { epoch } = report.body as StatementBody<'release.validated'>;
  const body = { epoch, commitment: commitmentOf(task.release, address, report.body) };
  return signStatement({ kind: 'release.committed', subject: task.release, body, issuedAt: clock(), hub }, key);
}
