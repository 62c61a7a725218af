import { RunAnswer, readExactJson, writeExactJson } from '@callable/protocol';
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
  /** You act on the answer: signed with the call, counted as a decision relied on. Refused without a key (SignatureMissing). */
  relies?: boolean;
  /** Also `proof` in the answer: what `callable verify` needs to compare it with its receipt. */
  proof?: boolean;
};

/**
 * Calls a release with plain JSON: nested arrays, typed arrays and BigInt by the name of each input, or the text of a JSON
 * object, which is sent as it is. No number is rounded on its way. A number beyond ±(2^53 - 1) may have been before, so INT64 and
 * UINT64 take such values as BigInt only; so they are in outputs. `writeExactJson` of `@callable/protocol` saves an answer that holds one.
 *
 * Signed when the client has a key, so that the call counts as evidence, and for the gateway at its `baseUrl`: another one
 * cannot spend it.
 *
 * @example
 * const { outputs } = await runModel(createClient('http://127.0.0.1:4600'), 'acme/iris', { X: [[5.1, 3.5, 1.4, 0.2]] });
 */
export const runModel = (
  client: Client,
  release: string,
  inputs: Record<string, unknown> | string,
  { signal, timeoutMs, confirm, standingOnly, copy = true, proof, relies = false }: RunOptions = {},
) =>
  readJson(client, RunAnswer, `/v1/run/${release}${proof ? '?proof=1' : ''}`, {
    method: 'POST',
    bytes: new TextEncoder().encode(typeof inputs === 'string' ? inputs : writeExactJson(inputs)),
    sign: 'optional',
    audience: 'gateway',
    relies,
    headers: {
      'content-type': 'application/json',
      ...(timeoutMs === undefined ? {} : { 'callable-timeout-ms': String(timeoutMs) }),
      ...(confirm ? { 'callable-confirm': '2' } : {}),
      ...(standingOnly ? { 'callable-standing': 'only' } : {}),
      ...(copy ? {} : { 'callable-copy': 'no' }),
    },
    signal,
    mostBytes,
    parse: readExactJson,
  });
