import type { ServerResponse } from 'node:http';
import {
  type Address,
  addressOf,
  type CallableError,
  createPrivateKey,
  digestBytes,
  type LoggedStatementView,
  problemOf,
  ReleaseView,
  signStatement,
} from '@callable/protocol';
import { type Client, createClient } from '../src/client/client.ts';
import { sample } from './sample.ts';

export const key = createPrivateKey((length) => new Uint8Array(length).fill(7));
export const signer: Address = addressOf(key);
export const digest = digestBytes(new Uint8Array());
export const hex = 'cd'.repeat(32);
export const epoch = new Date(0).toISOString();

const addressFrom = (byte: number) => addressOf(createPrivateKey((length) => new Uint8Array(length).fill(byte)));
/** Whom the examples sign for. */
export const audiences = { hub: addressFrom(8), gateway: addressFrom(9) };

export const signing = (url: string): Client => createClient(url, { key, audiences });

export const view = (callable: boolean): ReleaseView => ({ ...sample(ReleaseView), callable });

export const logged = (seq: number): LoggedStatementView => ({
  seq,
  id: digest,
  loggedAt: epoch,
  statement: signStatement(
    { kind: 'release.yanked', subject: digest, body: { yanked: true, note: '' }, issuedAt: seq },
    key,
  ),
});

export const sendProblem = (response: ServerResponse, error: CallableError, headers: Record<string, string> = {}) =>
  response
    .writeHead(error.status, { 'content-type': 'application/problem+json', ...headers })
    .end(JSON.stringify(problemOf(error, 'r1')));

export const openEvents = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/event-stream' });
export const eventOf = (value: unknown) => `event: release\ndata: ${JSON.stringify(value)}\n\n`;
