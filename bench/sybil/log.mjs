import { createHash } from 'node:crypto';
import { emptyNetworkState, emptyNodeState, reduceNetwork } from '@callable/protocol';

const signature = `0x${'0'.repeat(130)}`;
export const hashOf = (text, length = 64) => createHash('sha256').update(text).digest('hex').slice(0, length);
export const addressOf = (name) => `0x${hashOf(name, 40)}`;

/** A log in memory and the real fold over it, which takes signatures as checked. */
export function openLog(hub) {
  const state = emptyNetworkState(hub);
  return {
    state,
    nodeOf: (address) => state.nodes.get(address) ?? emptyNodeState(address),
    releaseOf: (digest) => state.releases.get(digest),
    say(kind, subject, signer, at, body) {
      reduceNetwork(state, { statement: { kind, subject, body, issuedAt: at, signer, signature }, loggedAt: at });
    },
  };
}
