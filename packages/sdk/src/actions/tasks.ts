import {
  CommitAnswer,
  type CommitRequest,
  LeaseAnswer,
  type LeaseRequest,
  statusOf,
  Task,
  type TaskResult,
} from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';
import { sendOnly } from '../client/send-only.ts';

/** Asks for work, and tells what this node holds; the hub holds the request until there is some. */
export async function leaseTask(
  client: Client,
  request: LeaseRequest,
  { signal }: Abortable = {},
): Promise<Task | null> {
  return (
    await readJson(client, LeaseAnswer, '/v1/tasks/lease', {
      method: 'POST',
      json: { ...request, announcement: statusOf(request.announcement) },
      sign: true,
      signal,
    })
  ).task;
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
  await sendOnly(client, `/v1/tasks/${id}/complete`, { method: 'POST', json: result, sign: true, signal });
}
