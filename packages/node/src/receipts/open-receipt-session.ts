import { createHash } from 'node:crypto';
import {
  type Address,
  addressOf,
  issueReceipt,
  type PrivateKey,
  type Receipt2,
  type SignedReceipt,
  toHex,
  zeroAddress,
  zeroBytes32,
} from '@callable/protocol';

/**
 * The receipts of one run of this node, numbered from 0 and chained: two with one number in one session are proof against
 * the operator.
 */
export type ReceiptSession = {
  /** 64 hex digits, the first half random. */
  id: string;
  issue(call: ReceiptFacts): IssuedReceipt;
};

/** What a session does not know by itself of a call. */
export type ReceiptFacts = Pick<
  Receipt2,
  | 'release'
  | 'model'
  | 'request'
  | 'inputs'
  | 'outputs'
  | 'response'
  | 'caller'
  | 'nonce'
  | 'startedAt'
  | 'finishedAt'
  | 'runtime'
> & { gateway?: Address | undefined };

export type IssuedReceipt = { receipt: SignedReceipt; id: string };

/** Enough that no two starts ever draw the same, of whatever copies of a node. */
const randomSessionBytes = 16;

/**
 * Opens a session: nothing of it is kept, so a node that was restored from a copy, or runs twice, repeats no number of
 * another start. What an earlier build kept of its numbers counts no more: those receipts have no session.
 */
export function openReceiptSession(key: PrivateKey, random: (length: number) => Uint8Array): ReceiptSession {
  const node = addressOf(key);
  const id = toHex(random(randomSessionBytes)).padEnd(64, '0');
  const salt = drawSalts(random);
  let [seq, prev] = [0, zeroBytes32];
  return {
    id,
    issue({ gateway, ...call }) {
      const numbered = { version: 2 as const, node, session: id, batch: 0, seq, prev, salt: salt() };
      const issued = issueReceipt({ ...free, ...call, ...audienceOf(call.caller, gateway), ...numbered }, key);
      seq += 1;
      prev = issued.id;
      return issued;
    },
  };
}

/** Drawn for many at once: one draw for each receipt was 2 % of what a node spends on a call. */
function drawSalts(random: (length: number) => Uint8Array): () => string {
  let pool: Uint8Array = new Uint8Array();
  let at = 0;
  return () => {
    if (at === pool.length) {
      pool = random(32 * 128);
      at = 0;
    }
    at += 32;
    return toHex(pool.subarray(at - 32, at));
  };
}

/** What stays zero until a call can cost something, and no batch or counted unit is known. */
const free = {
  ...{ auditClass: 0, evidence: zeroBytes32, price: '0', asset: zeroAddress, chain: 0, payment: zeroBytes32 },
  ...{ units: 0, tokensIn: 0, tokensOut: 0, end: 0, extra: zeroBytes32 },
};

/** A signed request names the gateway it is for; a keyless one is for whoever hears it. */
const audienceOf = (caller: Address, gateway: Address = zeroAddress) => ({
  gateway,
  audience:
    caller === zeroAddress || gateway === zeroAddress
      ? zeroBytes32
      : createHash('sha256').update(gateway).digest('hex'),
});
