import {
  type CallReports,
  CommitAnswer,
  type CommitRequest,
  LeaseAnswer,
  type LeaseRequest,
  LoggedStatementView,
  NetworkView,
  NodeList,
  type Statement,
  Task,
  type TaskResult,
} from '@callable/protocol';
import type { Static } from 'typebox';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';
import { sendRequest } from '../client/send-request.ts';

type Abortable = { signal?: AbortSignal };

/** Who this hub is, its policy and its gateways. */
export const getNetwork = (client: Client, { signal }: Abortable = {}) =>
  readJson(client, NetworkView, '/v1/network', { signal });

/** Nodes that joined, with their standing; only those caught lying, or only the others, when asked for. */
export const listNodes = (client: Client, { convicted, signal }: Abortable & { convicted?: boolean } = {}) =>
  readJson(client, NodeList, convicted === undefined ? '/v1/nodes' : `/v1/nodes?convicted=${convicted}`, { signal });

/** Adds a statement to the log; adding it again changes nothing. */
export const submitStatement = (client: Client, statement: Statement, { signal }: Abortable = {}) =>
  readJson(client, LoggedStatementView, '/v1/statements', { method: 'POST', json: statement, signal });

/** Asks for work, and tells what this node holds; the hub holds the request until there is some. */
export async function leaseTask(
  client: Client,
  request: LeaseRequest,
  { signal }: Abortable = {},
): Promise<Task | null> {
  return (await readJson(client, LeaseAnswer, '/v1/tasks/lease', { method: 'POST', json: request, sign: true, signal }))
    .task;
}

/** Keeps the lease of a long task; refused with LeaseLost once it has passed to another. */
export const extendTask = (client: Client, task: Task, { signal }: Abortable = {}) =>
  readJson(client, Task, `/v1/tasks/${task.id}/extend`, {
    method: 'POST',
    json: { token: task.token },
    sign: true,
    signal,
  });

/** Commits to the result of a sealed task; once the answer says `reveal`, it may be handed in. Repeating it is harmless. */
export const commitTask = (client: Client, id: string, request: CommitRequest, { signal }: Abortable = {}) =>
  readJson(client, CommitAnswer, `/v1/tasks/${id}/commit`, { method: 'POST', json: request, sign: true, signal });

/** Hands in a result. Repeating it with the same token is harmless. */
export async function completeTask(
  client: Client,
  id: string,
  result: TaskResult,
  { signal }: Abortable = {},
): Promise<void> {
  await sendRequest(client, `/v1/tasks/${id}/complete`, { method: 'POST', json: result, sign: true, signal });
}

/** A gateway's account of the calls it passed on. */
export async function reportCalls(
  client: Client,
  reports: Static<typeof CallReports>,
  { signal }: Abortable = {},
): Promise<void> {
  await sendRequest(client, '/v1/receipts', { method: 'POST', json: reports, sign: true, signal });
}
