import { RunAnswer } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';

/** What one link carries in bytes is up to four times as much in JSON. */
const mostBytes = 256 * 2 ** 20;

export type RunOptions = Abortable & {
  timeoutMs?: number;
  /** Two nodes of two operators and networks have to give the same answer. */
  confirm?: boolean;
  /** No newcomer answers, also where nobody else holds the release. */
  standingOnly?: boolean;
  /** False: no other node is sent the inputs to have its answer compared. */
  copy?: boolean;
};

/**
 * Calls a release with plain JSON. Signed when the client has a key, so that the call counts as evidence, and for the
 * gateway at its `baseUrl`: another one cannot spend it.
 *
 * @example
 * const { outputs } = await runModel(createClient('http://127.0.0.1:4600'), 'acme/iris', { X: [[5.1, 3.5, 1.4, 0.2]] });
 */
export const runModel = (
  client: Client,
  release: string,
  inputs: Record<string, unknown>,
  { signal, timeoutMs, confirm, standingOnly, copy = true }: RunOptions = {},
) =>
  readJson(client, RunAnswer, `/v1/run/${release}`, {
    method: 'POST',
    json: inputs,
    sign: 'optional',
    audience: 'gateway',
    headers: {
      ...(timeoutMs === undefined ? {} : { 'callable-timeout-ms': String(timeoutMs) }),
      ...(confirm ? { 'callable-confirm': '2' } : {}),
      ...(standingOnly ? { 'callable-standing': 'only' } : {}),
      ...(copy ? {} : { 'callable-copy': 'no' }),
    },
    signal,
    mostBytes,
  });
