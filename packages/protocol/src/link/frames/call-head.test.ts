import { expect, it } from 'vitest';
import type { Address } from '../../identity/address.ts';
import type { Digest } from '../../identity/digest.ts';
import type { LinkCallHead } from '../link-call.ts';
import { decodeCallHead, encodeCallHead } from './call-head.ts';

const head: LinkCallHead = {
  release: `sha256:${'ab'.repeat(32)}` as Digest,
  encoding: 'plain',
  caller: `0x${'cd'.repeat(20)}` as Address,
  request: 'ef'.repeat(32),
  deadlineMs: 1000,
};

it.each([
  ['eighty bytes', 't'.repeat(80), 't'.repeat(80)],
  ['fifty letters that are a hundred bytes', 'é'.repeat(50), undefined],
  ['three hundred letters', 't'.repeat(300), undefined],
])('attack by a caller: a trace of %s ends no link', (_, traceparent, expected) => {
  const read = decodeCallHead(encodeCallHead({ ...head, origin: 'word', traceparent }));
  expect(read).toEqual({ ...head, origin: 'word', ...(expected ? { traceparent: expected } : {}) });
});
