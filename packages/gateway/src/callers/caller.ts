import type { Address, SignedCall } from '@callable/protocol';

/** Who calls, the hash that the receipt must name, and what the caller signed; null without a key. */
export type Caller = { address: Address; request: string; signed: SignedCall | null };
